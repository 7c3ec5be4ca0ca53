/** Readings as the hydrograph draws them: gaps stay gaps, suspect and bad values stand apart. */

import type { ByPerson, Reading, StageLevel } from '../types';
import { levelsMatter } from './standing';
import { HOUR } from './time';

export interface Point {
  at: number;
  value: number;
}

export interface Sample {
  at: number;
  value: number | null;
  flag: number;
  /** Checks that failed, by name. */
  failed: readonly string[];
  /** Came after newer values. */
  late: boolean;
  /** What a person did to it. */
  byPerson?: ByPerson;
}

/** `undefined` = nothing at this instant, the line goes on; `null` = a gap, the line stops. */
export type Drawn = number | null | undefined;

export interface Traces {
  at: number[];
  line: Drawn[];
  rain: Drawn[];
  suspect: Point[];
  bad: Point[];
  /** Values that a person gave. */
  corrected: Point[];
}

export function sample(reading: Reading): Sample {
  const { observed_at, value, flag, failed, late, by_person: byPerson } = reading;
  return { at: Date.parse(observed_at), value, flag, failed, late, ...(byPerson ? { byPerson } : {}) };
}

/** Adds or replaces by instant; `samples` stay in order. */
export function merge(samples: Sample[], news: Sample[]): Sample[] {
  const last = samples[samples.length - 1]?.at ?? -Infinity;
  if (news.every((one, i) => one.at > (news[i - 1]?.at ?? last))) return [...samples, ...news];
  const byTime = new Map(samples.map((one) => [one.at, one]));
  news.forEach((one) => byTime.set(one.at, one));
  return [...byTime.values()].sort((a, b) => a.at - b.at);
}

const usable = (one: Sample): one is Sample & { value: number } => one.value !== null && one.flag < 3;

/** The joined line: a hole longer than `gap` and every unusable value break it. */
function line(samples: Sample[], gap: number): [number, number | null][] {
  const out: [number, number | null][] = [];
  let before: number | null = null;
  for (const one of samples) {
    if (before !== null && one.at - before > gap) out.push([before + 1, null]);
    out.push([one.at, usable(one) ? one.value : null]);
    before = one.at;
  }
  return out;
}

/** Line and rain on one time axis. */
export function traces(samples: Sample[], rain: Point[], gap: number): Traces {
  const stage = new Map(line(samples, gap));
  const wet = new Map(rain.map((one) => [one.at, one.value]));
  const at = [...new Set([...stage.keys(), ...wet.keys()])].sort((a, b) => a - b);
  const flagged = (flag: number): Point[] =>
    samples.flatMap((one) => (one.flag === flag && one.value !== null ? [{ at: one.at, value: one.value }] : []));
  return {
    at,
    line: at.map((t) => stage.get(t)),
    rain: at.map((t) => wet.get(t)),
    suspect: flagged(3),
    bad: flagged(4),
    corrected: samples.flatMap((one) => (one.byPerson === 'corrected' && one.value !== null && one.flag < 3 ? [{ at: one.at, value: one.value }] : [])),
  };
}

/** Amounts as sums over (end − step, end], ends on whole steps of Viet Nam's clock; bad ones are left out. */
export function sums(samples: Pick<Sample, 'at' | 'value' | 'flag'>[], step: number): Point[] {
  const offset = 7 * HOUR;
  const out = new Map<number, number>();
  for (const one of samples) {
    if (one.value === null || one.flag >= 4) continue;
    const end = Math.ceil((one.at + offset) / step) * step - offset;
    out.set(end, (out.get(end) ?? 0) + one.value);
  }
  return [...out].map(([at, value]) => ({ at, value })).sort((a, b) => a.at - b.at);
}

/** Of running one-hour sums, those that end on a whole hour: together they cover every hour once. */
export function wholeHours(samples: Sample[]): Point[] {
  return samples.flatMap((one) =>
    one.value !== null && one.flag < 4 && one.at % HOUR === 0 ? [{ at: one.at, value: one.value }] : [],
  );
}

/** Range of the stage axis: the data with a margin, the alarm levels when the stage comes near them; above, room for the rain. */
export function stageRange(values: number[], levels: StageLevel[], record: number | null, zoom: boolean, wet = false): [number, number] {
  if (values.length === 0) {
    const all = levels.map((level) => level.value);
    return all.length > 0 ? [Math.min(...all) - 1, Math.max(...all) + 0.5] : [0, 1];
  }
  let low = values.reduce((a, b) => Math.min(a, b));
  let high = values.reduce((a, b) => Math.max(a, b));
  if (!zoom && levelsMatter(high, levels)) {
    const top = levels[levels.length - 1];
    if (record !== null && top && high >= top.value) high = Math.max(high, record);
    for (const level of levels) {
      low = Math.min(low, level.value);
      high = Math.max(high, level.value);
    }
  }
  const margin = Math.max(0.1, (high - low) * 0.06);
  return [low - margin, high + (wet ? 5 : 2) * margin];
}
