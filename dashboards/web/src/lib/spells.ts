/** When something was wrong with a station, as lanes of a timeline. */

import type { Condition, Spell } from '../types';

/** The worst first. */
export const CONDITIONS: Condition[] = ['silent', 'sensor_silent', 'implausible', 'clock_wrong', 'sends_nonsense', 'battery_low', 'maintenance_over'];

export interface Piece {
  from: number;
  /** null = it had not ended. */
  to: number | null;
  /** Where it lies, 0 … 1. */
  start: number;
  width: number;
}

export interface Lane {
  condition: Condition;
  pieces: Piece[];
}

/** Narrower than this nobody sees it. */
const LEAST = 0.006;

/** A lane for each condition that there was in the stretch. */
export function lanes(spells: Spell[], from: number, to: number): Lane[] {
  const place = (at: number): number => Math.min(1, Math.max(0, (at - from) / (to - from)));
  const piece = (spell: Spell): Piece => {
    const [began, ended] = [Date.parse(spell.from), spell.to === null ? null : Date.parse(spell.to)];
    const [first, last] = [place(began), place(ended ?? to)];
    const width = Math.max(LEAST, last - first);
    return { from: began, to: ended, start: Math.min(first, 1 - width), width };
  };
  return CONDITIONS.flatMap((condition) => {
    const pieces = spells.filter((one) => one.condition === condition).map(piece);
    return pieces.length > 0 ? [{ condition, pieces }] : [];
  });
}
