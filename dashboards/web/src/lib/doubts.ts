/** What the checks hold against the readings of a range, told once for each stretch of time. */

import type { Sample } from './hydrograph';

export interface Doubt {
  from: number;
  to: number;
  count: number;
  /** 3 suspect, 4 bad, 9 missing. */
  flag: number;
  failed: readonly string[];
  /** A person judged them. */
  judged: boolean;
}

/** Readings one after the other with the same flag and the same failed checks are one doubt; newest first. */
export function doubts(samples: Sample[]): Doubt[] {
  const out: Doubt[] = [];
  let open: Doubt | null = null;
  for (const one of samples) {
    if (one.flag < 3) {
      open = null;
      continue;
    }
    if (open !== null && open.flag === one.flag && open.failed.join() === one.failed.join() && open.judged === (one.byPerson !== undefined)) {
      open.to = one.at;
      open.count += 1;
      continue;
    }
    open = { from: one.at, to: one.at, count: 1, flag: one.flag, failed: one.failed, judged: one.byPerson !== undefined };
    out.push(open);
  }
  return out.reverse();
}
