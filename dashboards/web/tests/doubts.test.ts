import assert from 'node:assert/strict';
import { test } from 'node:test';

import { doubts } from '../src/lib/doubts';
import type { Sample } from '../src/lib/hydrograph';

const one = (at: number, flag: number, ...failed: string[]): Sample => ({ at, value: 1, flag, failed, late: false });

test('readings in the same doubt are told once, newest first; a good one between them parts them', () => {
  const all = [one(0, 1), one(10, 3, 'rate'), one(20, 3, 'rate'), one(30, 1), one(40, 3, 'rate'), one(50, 4, 'gross_range')];
  assert.deepEqual(doubts(all), [
    { from: 50, to: 50, count: 1, flag: 4, failed: ['gross_range'], judged: false },
    { from: 40, to: 40, count: 1, flag: 3, failed: ['rate'], judged: false },
    { from: 10, to: 20, count: 2, flag: 3, failed: ['rate'], judged: false },
  ]);
});

test('good readings and those not evaluated are in no doubt, missing ones are', () => {
  assert.deepEqual(doubts([one(0, 1), one(10, 2)]), []);
  assert.equal(doubts([one(0, 9)]).length, 1);
});
