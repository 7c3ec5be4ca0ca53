import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pace } from '../src/lib/pace';

/** A second glance, `waited` ms after the first, that shows a clock which ran so many times as fast. */
const after = (waited: number, times: number): [{ server: number; local: number }, { server: number; local: number }] => [
  { server: 1_000_000, local: 500 },
  { server: 1_000_000 + waited * times, local: 500 + waited },
];

test('a clock outside a drill runs at its own pace', () => {
  assert.equal(pace(null, { server: 0, local: 0 }, 1, 1), 1);
  assert.equal(pace(...after(1_000, 1), 1, 1), 1);
});

test('a drill runs at its speed, from the second glance on', () => {
  assert.equal(pace(null, { server: 0, local: 0 }, 3_600, 1), 1);
  assert.equal(pace(...after(200, 3_500), 3_600, 1), 3_600);
});

test('a drill that has reached its end runs like any other clock, whatever it declares', () => {
  assert.equal(pace(...after(200, 1), 3_600, 3_600), 1);
  assert.equal(pace(...after(15_000, 1.02), 60, 60), 1);
});

test('a clock that was set back does not run backwards, and two glances at once say nothing', () => {
  assert.equal(pace(...after(200, -5_000), 3_600, 3_600), 1);
  assert.equal(pace(...after(5, 1), 3_600, 3_600), 3_600);
});
