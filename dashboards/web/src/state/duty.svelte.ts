/** The duty desk: whose shift it is, what waits to be accepted, who looks after which draft. For signed-in people. */

import { untrack } from 'svelte';

import type { DutyDesk, DutyView, Officer, Reached } from '../types_duty';
import { get, send } from './api';
import { link } from './link.svelte';
import { session } from './session.svelte';

interface Done {
  seq: number;
  desk: DutyDesk;
}

const NOBODY: DutyDesk = { shift: null, handover: null, claims: [] };

class Duty {
  desk = $state.raw<DutyDesk>(NOBODY);
  officers = $state.raw<Officer[]>([]);
  loaded = $state(false);
  /** Counts lines of the shift log, so that views know that it grew. */
  lines = $state(0);

  async load(): Promise<void> {
    const asking = session.user;
    if (!asking) return this.forget();
    const view = await get<DutyView>('/duty').catch(() => null);
    if (view === null || asking !== session.user) return;
    this.desk = view.desk;
    this.officers = view.officers;
    this.loaded = true;
  }

  heard(news: { desk: DutyDesk | null; lines: unknown[] }): void {
    if (news.desk) this.desk = news.desk;
    this.lines += news.lines.length;
  }

  get mine(): boolean {
    return session.user !== null && this.desk.shift?.officer.user === session.user.name;
  }

  claim(warning: string): Officer | null {
    return this.desk.claims.find((one) => one.warning === warning)?.officer ?? null;
  }

  takeOver(remark: string): Promise<void> {
    const handover = this.desk.handover?.seq;
    return this.act('take-over', { ...(handover === undefined ? {} : { handover }), ...words(remark) });
  }

  handOver(to: string, remark: string): Promise<void> {
    return this.act('hand-over', { ...(to === '' ? {} : { to }), ...words(remark) });
  }

  note(text: string, warning: string | null = null): Promise<void> {
    return this.act('note', { text, ...(warning === null ? {} : { warning }) });
  }

  take(warning: string): Promise<void> {
    return this.act('take', { warning });
  }

  call(warning: string, recipient: string, reached: Reached, remark: string): Promise<void> {
    return this.act('call', { warning, recipient, reached, ...words(remark) });
  }

  /** Throws the server's refusal. */
  private async act(what: string, body: unknown): Promise<void> {
    try {
      const done = await send<Done>('POST', `/duty/${what}`, body);
      if (done) this.desk = done.desk;
      this.lines += 1;
    } catch (error) {
      await session.refused(error);
      await this.load();
      throw error;
    }
  }

  private forget(): void {
    this.desk = NOBODY;
    this.officers = [];
    this.loaded = false;
  }
}

const words = (remark: string): { remark?: string } => (remark.trim() === '' ? {} : { remark: remark.trim() });

export const duty = new Duty();
link.onDuty((news) => duty.heard(news), () => void duty.load());
// Another person sees another desk; lives as long as the page.
$effect.root(() => {
  $effect(() => {
    void session.user;
    untrack(() => void duty.load());
  });
});
