import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cells, runs } from '../src/lib/coverage';
import { HOUR, MINUTE } from '../src/lib/time';

const T = Date.parse('2025-11-19T00:00:00+07:00');
const bucket = (hour: number, percent: number, count = 6) => ({ from: T + hour * HOUR, percent, count });

test('an hour without an answer is empty, never well', () => {
  const found = cells([bucket(0, 100), bucket(2, 50), bucket(3, 100, 0)], T, T + 4 * HOUR, HOUR);
  assert.deepEqual(found.map((one) => one.state), ['full', 'none', 'part', 'bad']);
  assert.deepEqual(found.map((one) => one.percent), [100, 0, 50, 100]);
});

test('the hour that runs is judged by as much of it as is over, and not before it tells something', () => {
  const half = cells([bucket(0, 50)], T, T + 30 * MINUTE, HOUR);
  assert.deepEqual(half.map((one) => [one.state, one.percent, one.to]), [['full', 100, T + 30 * MINUTE]]);
  assert.deepEqual(cells([], T, T + 10 * MINUTE, HOUR), []);
  assert.deepEqual(cells([], T, T + 40 * MINUTE, HOUR).map((one) => one.state), ['none']);
});

test('what follows each other in the same state is told once, with the least of it', () => {
  const all = cells([bucket(0, 100), bucket(1, 60), bucket(2, 40)], T, T + 4 * HOUR, HOUR);
  assert.deepEqual(runs(all), [
    { from: T, to: T + HOUR, state: 'full', percent: 100 },
    { from: T + HOUR, to: T + 3 * HOUR, state: 'part', percent: 40 },
    { from: T + 3 * HOUR, to: T + 4 * HOUR, state: 'none', percent: 0 },
  ]);
});
