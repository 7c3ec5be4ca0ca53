/** The levels and past floods of a station as a ladder, with the water of now on its rung. Pure. */

import type { Impact, StageLevel } from '../types';
import type { Peak } from './peaks';

export type Rung =
  | { kind: 'water'; value: number }
  | { kind: 'level'; value: number; level: StageLevel; impacts: Impact[] }
  | { kind: 'flood'; value: number; flood: Peak; highest: boolean };

/** Two stages closer than this are printed as equal, m. */
const EQUAL = 0.005;

/** Highest first. The historic maximum may be a level of its own; then it is not told a second time as a flood. */
export function ladder(value: number | null, levels: StageLevel[], peaks: Peak[]): Rung[] {
  const rungs: Rung[] = levels.map((level) => ({ kind: 'level', value: level.value, level, impacts: level.impacts ?? [] }));
  for (const flood of peaks) {
    const told = levels.some((level) => level.value === flood.value);
    if (!told) rungs.push({ kind: 'flood', value: flood.value, flood, highest: flood === peaks[0] });
  }
  if (value !== null) rungs.push({ kind: 'water', value });
  // On the rung itself the water stands above it: the level is reached.
  return rungs.sort((a, b) => b.value - a.value || Number(b.kind === 'water') - Number(a.kind === 'water'));
}

/** Where the water stands against a mark. */
export function against(value: number, mark: number): { side: 'above' | 'below' | 'equal'; diff: number } {
  const diff = value - mark;
  return { side: Math.abs(diff) < EQUAL ? 'equal' : diff > 0 ? 'above' : 'below', diff: Math.abs(diff) };
}
