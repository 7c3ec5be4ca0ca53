/** Where a stage stands against the alarm levels of its station. */

import type { StageLevel, Warning } from '../types';

/** Level 4 is "above the historic maximum"; 1 to 3 are báo động. */
export const HISTORIC = 4;

/** The levels in force at an instant, lowest first. */
export function inForce(levels: StageLevel[], at: number): StageLevel[] {
  const holds = (level: StageLevel): boolean =>
    (!level.valid_from || Date.parse(level.valid_from) <= at) &&
    (!level.valid_to || at < Date.parse(level.valid_to));
  return levels.filter(holds).sort((a, b) => a.level - b.level);
}

/** The highest level that is reached; 0 = below all, null = there are no levels. */
export function reached(value: number, levels: StageLevel[]): number | null {
  if (levels.length === 0) return null;
  return levels.reduce((top, level) => (value >= level.value ? Math.max(top, level.level) : top), 0);
}

export interface Comparison {
  name: string;
  /** Value minus level, m. */
  diff: number;
}

/** The báo động level nearest to the value; the upper one on a tie. */
export function nearest(value: number, levels: StageLevel[]): Comparison | null {
  let best: Comparison | null = null;
  for (const level of levels.filter((one) => one.level < HISTORIC)) {
    const diff = value - level.value;
    if (!best || Math.abs(diff) <= Math.abs(best.diff) + 1e-9) best = { name: level.name, diff };
  }
  return best;
}

/**
 * How far it is to the next level, m. Above all levels it is negative: the more above, the smaller.
 * Without levels or value it is infinite.
 */
export function toNext(value: number | null, levels: StageLevel[]): number {
  const top = levels[levels.length - 1];
  if (value === null || !top) return Infinity;
  const next = levels.find((level) => level.value > value);
  return (next ?? top).value - value;
}

/** The báo động level that comes next when the water rises. */
export function nextLevel(value: number, levels: StageLevel[]): StageLevel | null {
  return levels.find((level) => level.value > value && level.level < HISTORIC) ?? null;
}

/** A warning that ran out and was neither renewed nor ended: nothing of it is in force. */
export const overdue = (warning: Warning, now: number): boolean =>
  warning.state === 'issued' && warning.expires_at !== null && Date.parse(warning.expires_at) < now;

/** Whether a chart must show the alarm levels although it could leave them out. */
export function levelsMatter(highest: number, levels: StageLevel[]): boolean {
  const first = levels[0];
  return first !== undefined && highest >= first.value - 1;
}
