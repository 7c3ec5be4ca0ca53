/** What a duty officer is about to do to one warning: never one click, never on a draft they have not seen. */

import { type Change, changes, copy, faulty, sameText } from '../lib/draft';
import { reason } from '../lib/refusal';
import type { Draft, LocalText, Warning } from '../types';
import { send } from './api';
import { session } from './session.svelte';

export type Act = 'confirm' | 'reject' | 'end' | 'cancel';

/** Acts that need a reason. */
export const needsReason = (act: Act): boolean => act !== 'confirm';

/** Tells two drafts apart, also when an escalation keeps the number. */
function signature(draft: Draft | null): string {
  return draft ? JSON.stringify([draft.number, draft.level, draft.drafted_at, draft.text]) : '';
}

export class Decision {
  /** The act that waits for its second step. */
  act = $state<Act | null>(null);
  words = $state('');
  editing = $state(false);
  text = $state<LocalText | null>(null);
  busy = $state(false);
  refusal = $state('');
  done = $state(false);
  /** The draft changed under the officer's hands: how, and what it was. */
  changed = $state.raw<{ from: Draft; how: Change[] } | null>(null);
  /** The draft is gone while somebody edited it; their words stay to be copied. */
  kept = $state<LocalText | null>(null);
  private seen: Draft | null = null;

  /**
   * Told of every change of the warning. A changed draft stops a decision that waits for its second step; words
   * that somebody wrote stay, beside what is new.
   */
  look(warning: Warning): void {
    const [before, now] = [this.seen, warning.draft];
    this.seen = now;
    if (before === null || this.busy || signature(before) === signature(now)) return;
    if (this.act === null && !this.editing && this.changed === null) return;
    // Two changes in a row are told as one, from what was read.
    const from = this.changed?.from ?? before;
    this.changed = now === null ? null : { from, how: changes(from, now) };
    if (now === null && this.editing) this.leave();
    this.act = null;
  }

  /** Whether the text that would go out is another than the draft's. */
  edited(draft: Draft | null): boolean {
    return this.editing && this.text !== null && draft !== null && !sameText(this.text, draft.text);
  }

  get faulty(): boolean {
    return this.editing && this.text !== null && faulty(this.text);
  }

  edit(warning: Warning): void {
    this.text = this.kept ?? (warning.draft ? copy(warning.draft.text) : null);
    this.kept = null;
    this.editing = this.text !== null;
  }

  /** Drops the own words for those of the draft as it is now. */
  anew(draft: Draft): void {
    this.text = copy(draft.text);
    this.changed = null;
  }

  /** What changed was read. */
  read(): void {
    this.changed = null;
  }

  stopEditing(): void {
    this.editing = false;
    this.text = null;
    this.changed = null;
  }

  /** First step: asks for certainty. */
  begin(act: Act): void {
    this.refusal = '';
    this.done = false;
    this.words = '';
    this.act = act;
  }

  back(): void {
    this.act = null;
  }

  /** Second step. */
  async carryOut(warning: Warning): Promise<void> {
    if (this.act === null || this.busy) return;
    this.busy = true;
    this.refusal = '';
    try {
      await send('POST', `/warnings/${encodeURIComponent(warning.id)}/${this.act}`, this.body(warning));
      this.act = null;
      this.done = true;
      this.kept = null;
      this.stopEditing();
    } catch (error) {
      this.refusal = reason(error);
      await session.refused(error);
    }
    this.busy = false;
  }

  private leave(): void {
    this.kept = this.text;
    this.editing = false;
    this.text = null;
  }

  private body(warning: Warning): unknown {
    const words = this.words.trim();
    const draft = warning.draft?.number;
    if (this.act === 'confirm') {
      return { draft, ...(this.edited(warning.draft) ? { text: this.text } : {}), ...(words ? { remark: words } : {}) };
    }
    return this.act === 'reject' ? { draft, reason: words } : { reason: words };
  }
}
