import assert from 'node:assert/strict';
import { test } from 'node:test';

import { against, ladder } from '../src/lib/ladder';
import { LEVELS } from './samples';

const flood = (when: string, value: number) => ({ when, value, others: [], source: '' });
const names = (value: number | null, peaks: ReturnType<typeof flood>[]): string[] =>
  ladder(value, LEVELS, peaks).map((one) => (one.kind === 'level' ? one.level.name : one.kind === 'flood' ? one.flood.when : 'water'));

test('the water stands between the levels, and on a level it is above it', () => {
  assert.deepEqual(names(7.4, [flood('2013-11', 9.68)]), ['2013-11', 'BĐ3', 'water', 'BĐ2', 'BĐ1']);
  assert.deepEqual(names(7, []), ['BĐ3', 'water', 'BĐ2', 'BĐ1']);
  assert.deepEqual(names(null, []), ['BĐ3', 'BĐ2', 'BĐ1']);
});

test('a flood that is a level of its own is told once, and the highest of the others is named', () => {
  const rungs = ladder(5, [{ level: 4, name: 'lũ lịch sử 2013', value: 9.68, source: '', confidence: 'H' }], [flood('2013-11', 9.68), flood('2021-11-30', 9.46)]);
  assert.deepEqual(rungs.map((one) => one.kind), ['level', 'flood', 'water']);
  assert.equal(rungs[1]?.kind === 'flood' && rungs[1].highest, false, 'the flood of 2021 is not the record');
});

test('the difference has a side', () => {
  assert.deepEqual(against(8.21, 8), { side: 'above', diff: 8.21 - 8 });
  assert.equal(against(9.16, 9.68).side, 'below');
  assert.equal(against(8.004, 8).side, 'equal');
});
