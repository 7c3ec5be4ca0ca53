/** The work list of doubtful readings, and one series of which a stretch is judged. */

import { type Extent, extent, type Range } from '../lib/range';
import { reason } from '../lib/refusal';
import { between, type Decision, interpolated, readNumber, type ReviewRecord, type Row, rows, seen, type Stretch, type Versions } from '../lib/review';
import { DAY, HOUR, rfc3339 } from '../lib/time';
import type { Page, Series } from '../types';
import { all, get, send } from './api';
import { clock } from './clock.svelte';
import { session } from './session.svelte';

/** The longest work list that the server makes. */
const LONGEST = 60 * DAY;
/** At least so much is shown on either side of a stretch. */
const LEAST_CONTEXT = 3 * HOUR;
/** The longest stretch that is shown with its versions. */
const LONGEST_STRETCH = 25 * DAY;
/** So many values are corrected one by one. */
export const MOST_CORRECTED = 60;
const MOST_CHOSEN = 5_000;

export class WorkList {
  items = $state.raw<Stretch[]>([]);
  next = $state<string | null>(null);
  failure = $state('');
  loading = $state(true);
  private asked = 0;

  async load(range: Range, station: string | null, more = false): Promise<void> {
    const turn = (this.asked += 1);
    this.loading = true;
    try {
      const { from, to, live } = extentOf(range);
      const end = live ? '' : `&to=${encodeURIComponent(rfc3339(to))}`;
      const only = station === null ? '' : `&station=${encodeURIComponent(station)}`;
      const cursor = more && this.next ? `&cursor=${encodeURIComponent(this.next)}` : '';
      const page = await get<Page<Stretch>>(`/doubts?from=${encodeURIComponent(rfc3339(from))}${end}${only}${cursor}`);
      if (turn !== this.asked) return;
      this.items = more ? [...this.items, ...page.items] : page.items;
      this.next = page.next;
      this.failure = '';
    } catch (error) {
      if (turn === this.asked) this.failure = reason(error);
    }
    if (turn === this.asked) this.loading = false;
  }
}

function extentOf(range: Range): Extent {
  const { from, to, live } = extent(range, clock.now);
  return { from: Math.max(from, to - LONGEST), to, live };
}

/** Which readings of which series. */
export interface Place {
  station: string;
  parameter: string;
  sensor: string | null;
  from: string | null;
  to: string | null;
}

export class Review {
  series = $state.raw<Series | null>(null);
  rows = $state.raw<Row[]>([]);
  history = $state.raw<ReviewRecord[]>([]);
  failure = $state('');
  loading = $state(true);
  /** There is no such series. */
  unknown = $state(false);
  /** Ends of what is chosen, ms; null = nothing is. */
  first = $state<number | null>(null);
  last = $state<number | null>(null);
  /** The decision that waits for its second step. */
  decision = $state<Decision | null>(null);
  words = $state('');
  values = $state<Record<number, string>>({});
  busy = $state(false);
  refusal = $state('');
  done = $state(false);
  private closed = false;

  constructor(private readonly place: Place) {
    const given = (text: string | null): number | null => (text === null || Number.isNaN(Date.parse(text)) ? null : Date.parse(text));
    this.first = given(place.from);
    this.last = given(place.to) ?? this.first;
  }

  chosen: Row[] = $derived(this.first === null || this.last === null ? [] : between(this.rows, this.first, this.last));

  /** What can be asked of the server now. */
  ready: boolean = $derived.by(() => {
    if (this.decision === null || this.words.trim() === '' || this.chosen.length === 0) return false;
    return this.decision !== 'correct' || this.chosen.every((row) => readNumber(this.values[row.at] ?? '') !== null);
  });

  get mayChoose(): boolean {
    return this.chosen.length > 0 && this.chosen.length <= MOST_CHOSEN;
  }

  get mayCorrect(): boolean {
    return this.chosen.length > 0 && this.chosen.length <= MOST_CORRECTED;
  }

  close(): void {
    this.closed = true;
  }

  async load(): Promise<void> {
    this.loading = true;
    try {
      const { station, parameter, sensor } = this.place;
      const found = await all<Series>(`/series?station=${encodeURIComponent(station)}&parameter=${encodeURIComponent(parameter)}`);
      const series = found.find((one) => one.sensor === (sensor ?? 'main')) ?? (sensor === null ? found[0] : undefined);
      this.unknown = series === undefined;
      if (!series) return;
      const of = `station=${encodeURIComponent(station)}&parameter=${encodeURIComponent(parameter)}&sensor=${encodeURIComponent(series.sensor)}`;
      const [from, to] = this.shown();
      const range = `from=${encodeURIComponent(rfc3339(from))}&to=${encodeURIComponent(rfc3339(to))}`;
      const [items, history] = await Promise.all([
        all<Versions>(`/series/${series.id}/versions?${range}&limit=5000`),
        get<Page<ReviewRecord>>(`/reviews?${of}&limit=50`),
      ]);
      if (this.closed) return;
      this.series = series;
      this.rows = rows(items);
      this.history = history.items;
      this.failure = '';
    } catch (error) {
      this.failure = reason(error);
    } finally {
      this.loading = false;
    }
  }

  /** The stretch with what is around it; without one the last day. */
  private shown(): [number, number] {
    const now = clock.now;
    if (this.first === null || this.last === null) return [now - DAY, now];
    const [first, last] = [Math.min(this.first, this.last), Math.max(this.first, this.last)];
    const length = Math.min(last - first, LONGEST_STRETCH);
    const around = Math.min(Math.max(LEAST_CONTEXT, length / 2), 2 * DAY);
    return [last - length - around, Math.min(last + around, Math.max(now, last))];
  }

  begin(decision: Decision): void {
    this.refusal = '';
    this.done = false;
    this.words = '';
    this.decision = decision;
    this.values = {};
  }

  back(): void {
    this.decision = null;
  }

  /** Writes the straight line between the good neighbours into the fields; false = there is none. */
  interpolate(write: (value: number) => string): boolean {
    const line = interpolated(this.rows, this.chosen);
    if (!line) return false;
    this.values = Object.fromEntries(this.chosen.map((row, i) => [row.at, write(line[i] ?? 0)]));
    return true;
  }

  /** Second step. */
  async carryOut(): Promise<void> {
    const [first, last] = [this.chosen[0], this.chosen[this.chosen.length - 1]];
    if (!this.ready || this.busy || !first || !last || !this.series) return;
    this.busy = true;
    this.refusal = '';
    const { station, parameter, sensor } = this.series;
    const values = this.chosen.map((row) => ({ observed_at: rfc3339(row.at), value: readNumber(this.values[row.at] ?? '') }));
    try {
      await send('POST', '/reviews', {
        station,
        parameter,
        sensor,
        from: rfc3339(first.at),
        to: rfc3339(last.at),
        decision: this.decision,
        reason: this.words.trim(),
        seen: seen(this.chosen),
        ...(this.decision === 'correct' ? { values } : {}),
      });
      this.decision = null;
      this.done = true;
      await this.load();
    } catch (error) {
      this.refusal = reason(error);
      await session.refused(error);
      void this.load();
    }
    this.busy = false;
  }
}
