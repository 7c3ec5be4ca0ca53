/** What a duty officer is about to do to one warning: never one click, never on a draft they have not seen. */

import { type Change, changes, copy, faulty, sameMatter, sameText } from '../lib/draft';
import { reason } from '../lib/refusal';
import type { Draft, LocalText, Warning } from '../types';
import { Refusal, send } from './api';
import { session } from './session.svelte';

export type Act = 'confirm' | 'reject' | 'end' | 'cancel';

/** Acts that need a reason. */
export const needsReason = (act: Act): boolean => act !== 'confirm';

export class Decision {
  /** The act that waits for its second step. */
  act = $state<Act | null>(null);
  words = $state('');
  editing = $state(false);
  text = $state<LocalText | null>(null);
  busy = $state(false);
  refusal = $state('');
  done = $state(false);
  /** The draft became another matter under the officer's hands: how, and what it was. */
  changed = $state.raw<{ from: Draft; how: Change[] } | null>(null);
  /** The draft is gone while somebody edited it; their words stay to be copied. */
  kept = $state<LocalText | null>(null);
  /** The draft as it was read when the decision was opened: that is shown and sent, whatever numbers come. */
  private read = $state.raw<Draft | null>(null);
  private seen: Draft | null = null;
  private last: Act | null = null;

  /**
   * Told of every change of the warning. Newer numbers interrupt nobody; another kind, level or sureness stops a
   * decision that waits for its second step. Words that somebody wrote stay, beside what is new.
   */
  look(warning: Warning): void {
    const before = this.seen;
    this.seen = warning.draft;
    if (before !== null && !this.busy) this.compare(before);
  }

  private compare(before: Draft): void {
    if (this.act === null && !this.editing && this.changed === null) return;
    // Two changes in a row are told as one, from what was read.
    const [from, now] = [this.changed?.from ?? this.read ?? before, this.seen];
    if (now !== null && sameMatter(from, now)) {
      this.changed = null;
      return;
    }
    this.changed = now === null ? null : { from, how: changes(from, now) };
    if (now === null && this.editing) this.leave();
    this.act = null;
    this.read = this.editing ? now : null;
  }

  /** The draft that is shown: as it was read, once a decision is open. */
  shown(draft: Draft | null): Draft | null {
    return draft && (this.read ?? draft);
  }

  /** Whether other numbers wait than those that are shown. */
  newer(draft: Draft | null): boolean {
    return draft !== null && this.read !== null && !sameText(draft.text, this.read.text);
  }

  /** Shows the newest numbers instead of those that were read. */
  takeUp(draft: Draft): void {
    this.read = draft;
    if (this.editing) this.text = copy(draft.text);
  }

  /** Whether the text that would go out is another than the draft's. */
  edited(draft: Draft | null): boolean {
    const read = this.shown(draft);
    return this.editing && this.text !== null && read !== null && !sameText(this.text, read.text);
  }

  get faulty(): boolean {
    return this.editing && this.text !== null && faulty(this.text);
  }

  edit(warning: Warning): void {
    this.read ??= warning.draft;
    this.text = this.kept ?? (this.read ? copy(this.read.text) : null);
    this.kept = null;
    this.editing = this.text !== null;
  }

  /** Drops the own words for those of the draft as it is now. */
  anew(draft: Draft): void {
    this.takeUp(draft);
    this.changed = null;
  }

  /** What changed was read. */
  accept(): void {
    this.changed = null;
  }

  stopEditing(): void {
    this.editing = false;
    this.text = null;
    this.changed = null;
    if (this.act === null) this.read = null;
  }

  /** First step: asks for certainty. What is on the screen now is what is decided about. */
  begin(act: Act, draft: Draft | null): void {
    this.refusal = '';
    this.done = false;
    if (act !== this.last) this.words = '';
    this.last = this.act = act;
    this.read ??= draft;
  }

  back(): void {
    this.act = null;
    if (!this.editing) this.read = null;
  }

  /** Second step. */
  async carryOut(warning: Warning): Promise<void> {
    if (this.act === null || this.busy) return;
    this.busy = true;
    this.refusal = '';
    try {
      await send('POST', `/warnings/${encodeURIComponent(warning.id)}/${this.act}`, this.body(warning));
      this.last = this.act = this.kept = null;
      this.words = '';
      this.done = true;
      this.stopEditing();
    } catch (error) {
      this.refusal = reason(error);
      this.renumber(error);
      // What became of the draft while the server was asked.
      if (this.read) this.compare(this.read);
      await session.refused(error);
    }
    this.busy = false;
  }

  /** The number is gone, but the draft asks the same: what was read and typed stays, for another try. */
  private renumber(error: unknown): void {
    const [read, now] = [this.read, this.seen];
    if (error instanceof Refusal && read && now && sameMatter(read, now)) this.read = { ...read, number: now.number };
  }

  private leave(): void {
    this.kept = this.text;
    this.editing = false;
    this.text = null;
  }

  private body(warning: Warning): unknown {
    const words = this.words.trim();
    const read = this.shown(warning.draft);
    const draft = read?.number;
    if (this.act === 'confirm') {
      // The words that were read go out, also when newer ones are there.
      const text = this.edited(warning.draft) ? this.text : this.newer(warning.draft) ? read?.text : null;
      return { draft, ...(text ? { text } : {}), ...(words ? { remark: words } : {}) };
    }
    return this.act === 'reject' ? { draft, reason: words } : { reason: words };
  }
}
