/** What came in of a station, step by step: the timeline of its health, as far as readings tell it. */

export type State = 'full' | 'part' | 'bad' | 'none';

export interface Cell {
  from: number;
  to: number;
  state: State;
  /** Of the readings that should have come. */
  percent: number;
}

/** A step of readings as the server sums it up. */
export interface Bucket {
  /** When it begins. */
  from: number;
  percent: number;
  /** Readings that count. */
  count: number;
}

/** A step with this much is whole: one reading in an hour may lie just beyond its edge. */
const WHOLE = 95;

/** One cell for each step from `from` to `now`; the last one is judged by as much of it as is over. */
export function cells(buckets: Bucket[], from: number, now: number, step: number): Cell[] {
  const byStart = new Map(buckets.map((one) => [one.from, one]));
  const out: Cell[] = [];
  for (let at = from; at < now; at += step) {
    const bucket = byStart.get(at);
    const over = Math.min(1, (now - at) / step);
    const percent = Math.min(100, Math.round((bucket?.percent ?? 0) / over));
    const state: State = !bucket ? 'none' : bucket.count === 0 ? 'bad' : percent >= WHOLE ? 'full' : 'part';
    // A step that has hardly begun tells nothing yet.
    if (at + step > now && over < 0.34 && state !== 'full') break;
    out.push({ from: at, to: Math.min(at + step, now), state, percent });
  }
  return out;
}

export interface Run {
  from: number;
  to: number;
  state: State;
  /** The least of it. */
  percent: number;
}

/** Cells of the same state that follow each other are told once. */
export function runs(all: Cell[]): Run[] {
  const out: Run[] = [];
  for (const one of all) {
    const last = out[out.length - 1];
    if (last && last.state === one.state) {
      last.to = one.to;
      last.percent = Math.min(last.percent, one.percent);
    } else out.push({ from: one.from, to: one.to, state: one.state, percent: one.percent });
  }
  return out;
}
