/** Floods of the past as a station's table and chart show them. */

import type { PastPeak } from '../types';
import { rfc3339 } from './time';

export interface Peak {
  when: string;
  /** The highest that any source gives, m. */
  value: number;
  /** What other sources give for the same flood. */
  others: number[];
  source: string;
  source_en?: string | null;
}

/** Those before `now`, highest first: a replayed night does not know what came after it. */
export function peaksBefore(records: PastPeak[], now: number): Peak[] {
  const today = rfc3339(now);
  const floods = new Map<string, Peak>();
  const known = records.filter((one) => one.when < today.slice(0, one.when.length));
  for (const one of known.sort((a, b) => b.value - a.value)) {
    const flood = floods.get(one.when);
    if (flood) flood.others.push(one.value);
    else floods.set(one.when, { when: one.when, value: one.value, others: [], source: one.source, source_en: one.source_en });
  }
  return [...floods.values()];
}

/** `2016-12-16` is `16/12/2016`, `2009-11` is `11/2009`. */
export function when(text: string): string {
  return text.split('-').reverse().join('/');
}
