/** How many river stations stand at each level. One whose data are old counts at the level it last stood at, and among the old. */

import type { Row } from './rows';

export interface Count {
  key: 'historic' | 'bd3' | 'bd2' | 'bd1' | 'below' | 'unknown' | 'none' | 'stale';
  level: number | null;
  count: number;
}

const LEVELS = [
  ['historic', 4],
  ['bd3', 3],
  ['bd2', 2],
  ['bd1', 1],
  ['below', 0],
] as const;

/** Worst first. What is rare is told only when there is some of it. */
export function tally(rows: Row[]): Count[] {
  const at = (of: (row: Row) => boolean): number => rows.filter(of).length;
  const levelled = (row: Row): boolean => row.levels.length > 0;
  const counts: Count[] = LEVELS.map(([key, level]) => ({ key, level, count: at((row) => row.level === level) }));
  counts.push({ key: 'unknown', level: null, count: at((row) => row.level === null && levelled(row) && !row.stale) });
  counts.push({ key: 'none', level: null, count: at((row) => row.level === null && !levelled(row) && !row.stale) });
  counts.push({ key: 'stale', level: null, count: at((row) => row.stale) });
  return counts.filter(({ key, count }) => count > 0 || ['bd3', 'bd2', 'bd1', 'below'].includes(key));
}
