/** What a duty officer is about to do to one warning: never one click, never on a draft they have not seen. */

import { reason } from '../lib/refusal';
import type { LocalText, Warning } from '../types';
import { send } from './api';
import { session } from './session.svelte';

export type Act = 'confirm' | 'reject' | 'end' | 'cancel';

/** Acts that need a reason. */
export const needsReason = (act: Act): boolean => act !== 'confirm';

/** Tells two drafts apart, also when an escalation keeps the number. */
function signature(warning: Warning): string {
  const { draft } = warning;
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
  /** The draft changed under the officer's hands. */
  changed = $state(false);
  /** Text edited for an older draft. */
  kept = $state<LocalText | null>(null);
  private seen = '';

  /** Told of every change of the warning; a changed draft stops the decision. */
  look(warning: Warning): void {
    const now = signature(warning);
    const before = this.seen;
    this.seen = now;
    if (before === '' || before === now || this.busy) return;
    if (this.act === null && !this.editing) return;
    this.changed = now !== '';
    this.kept = this.editing ? this.text : this.kept;
    this.act = null;
    this.editing = false;
    this.text = null;
  }

  edit(warning: Warning): void {
    this.text = warning.draft ? structured(warning.draft.text) : null;
    this.editing = this.text !== null;
  }

  restore(): void {
    this.text = this.kept;
    this.editing = this.kept !== null;
    this.kept = null;
  }

  stopEditing(): void {
    this.editing = false;
    this.text = null;
  }

  /** First step: asks for certainty. */
  begin(act: Act): void {
    this.refusal = '';
    this.done = false;
    this.changed = false;
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
      this.stopEditing();
    } catch (error) {
      this.refusal = reason(error);
      await session.refused(error);
    }
    this.busy = false;
  }

  private body(warning: Warning): unknown {
    const words = this.words.trim();
    const draft = warning.draft?.number;
    if (this.act === 'confirm') {
      return { draft, ...(this.editing && this.text ? { text: this.text } : {}), ...(words ? { remark: words } : {}) };
    }
    return this.act === 'reject' ? { draft, reason: words } : { reason: words };
  }
}

function structured(text: LocalText): LocalText {
  return { vi: { ...text.vi }, en: { ...text.en } };
}
