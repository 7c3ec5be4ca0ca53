import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inForce, levelsMatter, nearest, reached, toNext } from '../src/lib/standing';
import type { StageLevel } from '../src/types';
import { LEVELS } from './samples';

const levels = inForce(LEVELS, 0);
const HISTORIC: StageLevel = { level: 4, name: 'LS', value: 9.68, source: '' };

test('a level is reached at its value, not just above it', () => {
  assert.equal(reached(5.99, levels), 0);
  assert.equal(reached(6, levels), 1);
  assert.equal(reached(8, levels), 3);
  assert.equal(reached(9.7, [...levels, HISTORIC]), 4);
  assert.equal(reached(9.7, []), null);
});

test('levels are those in force at the instant, lowest first', () => {
  const change = Date.parse('2020-03-20T00:00:00+07:00');
  const both: StageLevel[] = [
    { level: 1, name: 'BĐ1', value: 6, source: '', valid_from: '2020-03-20T00:00:00+07:00', valid_to: null },
    { level: 1, name: 'BĐ1', value: 5.5, source: '', valid_from: null, valid_to: '2020-03-20T00:00:00+07:00' },
  ];
  assert.deepEqual(inForce(both, change).map((one) => one.value), [6]);
  assert.deepEqual(inForce(both, change - 1).map((one) => one.value), [5.5]);
  assert.deepEqual(levels.map((one) => one.level), [1, 2, 3]);
});

test('the comparison is with the nearest báo động, the upper one on a tie', () => {
  assert.equal(nearest(8.21, levels)?.name, 'BĐ3');
  assert.ok(Math.abs((nearest(8.21, levels)?.diff ?? 0) - 0.21) < 1e-9);
  assert.deepEqual(nearest(6.5, levels), { name: 'BĐ2', diff: -0.5 });
  assert.equal(nearest(9.6, [...levels, HISTORIC])?.name, 'BĐ3');
  assert.equal(nearest(9.6, []), null);
});

test('the distance to the next level goes on below zero above the last', () => {
  assert.ok(Math.abs(toNext(6.75, levels) - 0.25) < 1e-9);
  assert.ok(toNext(8.5, levels) < toNext(8.1, levels));
  assert.equal(toNext(null, levels), Infinity);
  assert.equal(toNext(3, []), Infinity);
});

test('a chart shows the levels from one metre below the first', () => {
  assert.equal(levelsMatter(4.99, levels), false);
  assert.equal(levelsMatter(5, levels), true);
  assert.equal(levelsMatter(5, []), false);
});
