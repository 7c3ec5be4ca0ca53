/** Stretches of time that a chart shows. Their names stand in addresses and never change. */

import { DAY, rfc3339, startOfDay, year } from './time';

/** The flood season of the province, 1 September to 31 December, is `mua-lu`. */
export const PRESETS = ['24h', '3d', '7d', '30d', 'mua-lu', '1-nam'] as const;
/** Stretches that a wind rose tells of. */
export const WIND_RANGES = ['24h', '3d', '7d'] as const;
export type Preset = (typeof PRESETS)[number];
/** Whole days of Viet Nam, both included: `2025-11-17..2025-11-19`. */
export type Days = `${string}..${string}`;
export type Range = Preset | Days;

const LENGTHS: Record<Exclude<Preset, 'mua-lu'>, number> = { '24h': DAY, '3d': 3 * DAY, '7d': 7 * DAY, '30d': 30 * DAY, '1-nam': 365 * DAY };
/** Longer than this nobody asks for, and no chart could show. */
const LONGEST = 3 * 366 * DAY;

export interface Extent {
  from: number;
  to: number;
  /** It reaches now and moves on with it. */
  live: boolean;
}

function midnight(date: string): number {
  return /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00+07:00`) : NaN;
}

/** The first and the last day of a range of days; null = it is none. */
export function daysOf(range: string): { from: number; to: number } | null {
  const [first = '', last = '', more] = range.split('..');
  const [from, to] = [midnight(first), midnight(last) + DAY];
  return more === undefined && from < to && to - from <= LONGEST ? { from, to } : null;
}

export function days(first: string, last: string): Range | null {
  const range: Days = first <= last ? `${first}..${last}` : `${last}..${first}`;
  return daysOf(range) ? range : null;
}

export function isRange(text: string): text is Range {
  return PRESETS.some((one) => one === text) || daysOf(text) !== null;
}

export const isPreset = (range: Range): range is Preset => PRESETS.some((one) => one === range);

/** Where the range lies, seen from `now`. Before September the flood season is last year's. */
export function extent(range: Range, now: number): Extent {
  const days = daysOf(range);
  if (days) return { from: days.from, to: Math.min(days.to, Math.max(now, days.from + DAY)), live: days.to > now };
  if (range !== 'mua-lu') return { from: now - LENGTHS[range as keyof typeof LENGTHS], to: now, live: true };
  const from = (of: number): number => midnight(`${of}-09-01`);
  const season = now >= from(year(now)) ? year(now) : year(now) - 1;
  const end = midnight(`${season + 1}-01-01`);
  return { from: from(season), to: Math.min(now, end), live: now < end };
}

/** `19/11/2025` as people write it, also `19.11.2025` and, of this year, `19/11`; null = it is no day. */
export function readDay(text: string, now: number): string | null {
  const [, day = '', month = '', more] = /^\s*(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}))?\s*$/.exec(text) ?? [];
  const name = `${more ?? year(now)}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const at = midnight(name);
  // 31/02 is no day, although a clock would make one of it.
  return !Number.isNaN(at) && dayName(at) === name ? name : null;
}

/** `2025-11-19`, Viet Nam's day of an instant. */
export const dayName = (at: number): string => rfc3339(startOfDay(at)).slice(0, 10);
