/** The rain matrix: places × lengths of time. */

import type { Latest } from '../types';

/** Columns: what a place's sum is called, and what the mean of a basin is called; the day of bulletins has no mean. */
export const WINDOWS = ['10min', '1h', '3h', '6h', '12h', '24h', '72h', 'day'] as const;
export type Window = (typeof WINDOWS)[number];
export const DEFAULT_WINDOW: Window = '24h';

export const isWindow = (text: string | null): text is Window => WINDOWS.some((one) => one === text);

export interface RainLine {
  id: string;
  name: string;
  sums: Record<Window, Latest | null>;
}

type Known = Map<string, Latest>;

/** The sums of a station, or of a basin with `prefix` `basin_`. */
export function rainLine(id: string, name: string, known: Known, prefix = ''): RainLine {
  const sums = Object.fromEntries(WINDOWS.map((one) => [one, known.get(`${prefix}rain_${one}`) ?? null]));
  return { id, name, sums: sums as RainLine['sums'] };
}

/** A sum that counts; null = there is none. */
export function amount(sum: Latest | null): number | null {
  return sum !== null && sum.value !== null && sum.flag < 4 ? sum.value : null;
}

/** Wettest first in that column; what is unknown comes last, never as zero. */
export function wettest(lines: RainLine[], by: Window): RainLine[] {
  const of = (line: RainLine): number => amount(line.sums[by]) ?? -1;
  return [...lines].sort((a, b) => of(b) - of(a) || a.name.localeCompare(b.name, 'vi'));
}

/** By name, as one looks up a place. */
export function alphabetical(lines: RainLine[]): RainLine[] {
  return [...lines].sort((a, b) => a.name.localeCompare(b.name, 'vi'));
}

/** Least amount of each class of the ramp, mm, the same in every column, so that a colour always means the same rain. */
export const CLASSES = [0.1, 5, 16, 50, 100, 200] as const;

/** 0 = dry, 1 … 6 = the classes. */
export function rainClass(mm: number): number {
  return CLASSES.filter((least) => mm >= least).length;
}

/** The words of the weather service for 24 h of rain (research notes §1.3; to be confirmed by the owner); null = light. */
export function rainWord(mm: number): 'moderate' | 'heavy' | 'very_heavy' | null {
  return mm > 100 ? 'very_heavy' : mm > 50 ? 'heavy' : mm >= 16 ? 'moderate' : null;
}
