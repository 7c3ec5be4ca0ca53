/** Readings with all their versions, and what a person chooses of them. */

import type { Reading } from '../types';
import type { Point, Sample } from './hydrograph';

export type Decision = 'accept' | 'reject' | 'correct';
export const DECISIONS: readonly Decision[] = ['accept', 'reject', 'correct'];

export interface Version {
  seq: number;
  received_at: string | null;
  value: number | null;
  flag: number;
  failed: string[];
  late: boolean;
  how: 'measured' | 'sent' | 'checked' | 'derived' | Decision;
  who?: string;
  reason?: string;
}

export interface Versions {
  observed_at: string;
  versions: Version[];
}

/** A stretch of readings that are in doubt, or that a person judged. */
export interface Stretch {
  series: number;
  station: string;
  parameter: string;
  sensor: string;
  from: string;
  to: string;
  count: number;
  flag: number;
  failed: string[];
  min: number | null;
  max: number | null;
  state: 'open' | 'accepted' | 'rejected' | 'corrected';
}

export interface ReviewRecord {
  seq: number;
  at: string;
  who: string;
  station: string;
  parameter: string;
  sensor: string;
  from: string;
  to: string;
  decision: Decision;
  reason: string;
  points: number;
}

/** A reading as it holds now, with what was before. */
export interface Row {
  at: number;
  now: Version;
  /** The newest first. */
  before: Version[];
}

export function rows(items: readonly Versions[]): Row[] {
  return items.flatMap((item) => {
    const now = item.versions[item.versions.length - 1];
    return now ? [{ at: Date.parse(item.observed_at), now, before: item.versions.slice(0, -1).reverse() }] : [];
  });
}

export const isDecision = (how: string): how is Decision => (DECISIONS as readonly string[]).includes(how);

/** As the hydrograph draws it. */
export function samplesOf(all: readonly Row[]): Sample[] {
  const byPerson = (row: Row): Reading['by_person'] => {
    const given = [row.now, ...row.before].find((one) => one.how === 'correct' || !isDecision(one.how));
    return isDecision(row.now.how) ? (given?.how === 'correct' ? 'corrected' : 'judged') : undefined;
  };
  return all.map((row) => {
    const by = byPerson(row);
    const { value, flag, failed, late } = row.now;
    return { at: row.at, value, flag, failed, late, ...(by ? { byPerson: by } : {}) };
  });
}

/** Values that hold no more, where they are not the ones that do. */
export function replacedOf(all: readonly Row[]): Point[] {
  return all.flatMap((row) => {
    const old = new Set(row.before.flatMap((one) => (one.value !== null && one.value !== row.now.value ? [one.value] : [])));
    return [...old].map((value) => ({ at: row.at, value }));
  });
}

/** Those between two instants, whichever is first. */
export function between(all: readonly Row[], from: number, to: number): Row[] {
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  return all.filter((row) => row.at >= first && row.at <= last);
}

/** What the server is told was on the screen. */
export function seen(chosen: readonly Row[]): { count: number; seq: number } {
  return { count: chosen.length, seq: chosen.reduce((most, row) => Math.max(most, row.now.seq), 0) };
}

/** Values on the straight line between the good neighbours of what is chosen; null = one of them is missing. */
export function interpolated(all: readonly Row[], chosen: readonly Row[]): number[] | null {
  const [first, last] = [chosen[0], chosen[chosen.length - 1]];
  if (!first || !last) return null;
  const good = (row: Row): row is Row & { now: { value: number } } => row.now.value !== null && row.now.flag < 3;
  const left = all.filter((row) => row.at < first.at).filter(good).pop();
  const right = all.filter((row) => row.at > last.at).find(good);
  if (!left || !right) return null;
  const slope = (right.now.value - left.now.value) / (right.at - left.at);
  return chosen.map((row) => left.now.value + slope * (row.at - left.at));
}

/** `8,25` or `8.25` as a number; null = it is none. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replace('−', '-').replace(',', '.');
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}
