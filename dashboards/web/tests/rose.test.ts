import assert from 'node:assert/strict';
import { test } from 'node:test';

import { classOf, rose, sector, together, wedge } from '../src/lib/rose';

const gust = (from: number | null, force: number | null) => ({ at: 0, from, force });

test('a direction belongs to the sector it is nearest to, and 359 degrees are north', () => {
  assert.deepEqual([0, 359, 11.24, 11.26, 348.74, 348.76, 180].map((one) => sector(one, 16)), [0, 0, 0, 1, 15, 0, 8]);
  assert.deepEqual([22.4, 22.6, 360].map((one) => sector(one)), [0, 1, 0]);
});

test('shares and calm together are the whole', () => {
  const found = rose([gust(0, 3), gust(2, 5), gust(90, 8), gust(null, 0)]);
  assert.equal(found.count, 4);
  assert.equal(found.calm, 25);
  assert.deepEqual(found.shares[0], [25, 25, 0, 0]);
  assert.deepEqual(found.shares[4], [0, 0, 0, 25]);
  assert.equal(found.longest, 50);
  const whole = found.shares.flat().reduce((a, b) => a + b, found.calm);
  assert.equal(whole, 100);
});

test('without force, or blowing from nowhere known, nothing counts; without any, the rose is empty and not NaN', () => {
  assert.equal(rose([gust(10, null), gust(null, 4)]).count, 0);
  assert.deepEqual([rose([]).calm, rose([]).longest], [0, 0]);
});

test('classes begin at force 1, 4, 6 and 8', () => {
  assert.deepEqual([1, 3, 4, 5, 6, 7, 8, 12].map(classOf), [0, 0, 1, 1, 2, 2, 3, 3]);
});

test('direction and force of one instant belong together; a bad direction is none', () => {
  const directions = [{ at: 1, value: 90, flag: 1 }, { at: 2, value: 180, flag: 4 }];
  const forces = [{ at: 1, value: 5, flag: 1 }, { at: 2, value: 6, flag: 1 }, { at: 3, value: 7, flag: 1 }];
  assert.deepEqual(together(directions, forces).map((one) => one.from), [90, null, null]);
});

test('a wedge of the east lies to the right', () => {
  const corners = [...wedge(10, 50, 90, 20).matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map((one) => Number(one[1]));
  assert.ok(corners.length > 2 && corners.every((x) => x > 9), String(corners));
});
