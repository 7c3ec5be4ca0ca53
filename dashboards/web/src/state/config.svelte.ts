/** A change of the configuration on its way: drafted, checked, applied. It outlives the tabs of the page. */

import { reason } from '../lib/refusal';
import type { Recipient } from '../lib/recipients';
import { get, Refusal, send } from './api';
import { session } from './session.svelte';
import { unsaved } from './unsaved.svelte';

export interface FileChange {
  file: string;
  change: 'added' | 'removed' | 'changed';
  new_lines?: string[];
  old_lines?: string[];
}
export interface ConfigFiles {
  seq: number;
  applied_at: string | null;
  by: string | null;
  reason: string | null;
  files: Record<string, string>;
  folder: { state: 'same' | 'differs' | 'unreadable'; problem: string | null; tag: string; changes: FileChange[]; files: Record<string, string> };
}
export interface Fault {
  file: string;
  line: number | null;
  key: string;
  value: string;
  problem: string;
}
export interface Meaning {
  file: string;
  kind: string;
  id: string;
  name: string | null;
  change: 'added' | 'removed' | 'changed';
  values: { key: string; before: string | null; after: string | null }[];
}
export interface Checked {
  good: boolean;
  summary: string | null;
  faults: Fault[];
  meaning: Meaning[];
  changes: FileChange[];
}

const RECIPIENTS = 'recipients.toml';

class ConfigDraft {
  now = $state.raw<ConfigFiles | null>(null);
  /** Files that are to be otherwise. */
  edits = $state<Record<string, string>>({});
  /** Recipients changed by the form: `list/id` → how, or null = removed. */
  people = $state.raw(new Map<string, Recipient | null>());
  checked = $state.raw<Checked | null>(null);
  words = $state('');
  /** The folder on disk is to be overwritten. */
  over = $state(false);
  busy = $state(false);
  failure = $state('');
  refusal = $state('');
  /** Arrival of what was applied just now. */
  applied = $state<number | null>(null);
  behind = $state<string | null>(null);
  private checkedText = $state('');

  readonly names = $derived(Object.keys(this.now?.files ?? {}));
  readonly changed = $derived(Object.keys(this.edits).filter((name) => this.edits[name] !== this.now?.files[name]));
  /** The check is of what stands here now. */
  readonly fresh = $derived(this.checked !== null && this.checkedText === JSON.stringify(this.edits));

  async load(): Promise<void> {
    try {
      this.now = await get<ConfigFiles>('/config/files');
      this.failure = '';
    } catch (error) {
      this.failure = reason(error);
      await session.refused(error);
    }
  }

  text(name: string): string {
    return this.edits[name] ?? this.now?.files[name] ?? '';
  }

  set(name: string, text: string): void {
    this.edits[name] = text;
    if (text === this.now?.files[name]) delete this.edits[name];
    this.applied = null;
    unsaved.mark('config', this.changed.length > 0);
  }

  discard(): void {
    this.edits = {};
    this.people = new Map();
    this.checked = null;
    this.words = '';
    this.refusal = '';
    this.over = false;
    unsaved.mark('config', false);
  }

  /** What is wrong, and what would change. */
  async check(): Promise<Checked | null> {
    this.busy = true;
    this.refusal = '';
    const files = { ...this.edits };
    try {
      this.checked = await send<Checked>('POST', '/config/check', { files });
      this.checkedText = JSON.stringify(files);
    } catch (error) {
      await this.refused(error);
    }
    this.busy = false;
    return this.refusal === '' ? this.checked : null;
  }

  /** The recipients with one entry changed: comments and order stay. Throws the server's refusal. */
  async edit(text: string, list: string, id: string | null, entry: unknown): Promise<string> {
    return (await send<{ text: string }>('POST', '/config/edit', { text, list, id, entry }))?.text ?? text;
  }

  setPeople(text: string, key: string, how: Recipient | null): void {
    this.set(RECIPIENTS, text);
    this.people = new Map(this.people).set(key, how);
  }

  async apply(): Promise<void> {
    if (this.now === null || this.busy) return;
    this.busy = true;
    this.refusal = '';
    const body = { base: this.now.seq, files: { ...this.edits }, reason: this.words.trim(), over: this.over ? this.now.folder.tag : null };
    try {
      const done = await send<{ seq: number; folder_behind: string | null }>('POST', '/config/apply', body);
      this.discard();
      this.applied = done?.seq ?? null;
      this.behind = done?.folder_behind ?? null;
    } catch (error) {
      await this.refused(error);
    }
    await this.load();
    this.busy = false;
  }

  private async refused(error: unknown): Promise<void> {
    this.refusal = reason(error);
    // Here the server says who or what was in the way.
    if (error instanceof Refusal && error.kind === 'changed') {
      this.refusal = `${this.refusal} (${error.message})`;
      this.checked = null;
    }
    await session.refused(error);
  }
}

export const config = new ConfigDraft();
