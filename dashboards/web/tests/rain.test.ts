import assert from 'node:assert/strict';
import { test } from 'node:test';

import { alphabetical, amount, rainClass, rainLine, rainWord, wettest } from '../src/lib/rain';
import { known, latest } from './samples';

const line = (id: string, ...items: Parameters<typeof known>) => rainLine(id, id, known(...items));

test('a line has every length of time, the basin’s under its own names', () => {
  const found = rainLine('b', 'b', known(latest('basin_rain_24h', 80), latest('rain_1h', 9)), 'basin_');
  assert.equal(found.sums['24h']?.value, 80);
  assert.equal(found.sums['1h'], null);
});

test('wettest first in the chosen column; unknown and bad sums come last, never as zero', () => {
  const lines = [
    line('none'),
    line('dry', latest('rain_24h', 0), latest('rain_1h', 0)),
    line('bad', latest('rain_24h', 900, 0, 4)),
    line('wet', latest('rain_24h', 120), latest('rain_1h', 1)),
    line('now', latest('rain_24h', 60), latest('rain_1h', 40)),
  ];
  assert.deepEqual(wettest(lines, '24h').map((one) => one.id), ['wet', 'now', 'dry', 'bad', 'none']);
  assert.deepEqual(wettest(lines, '1h').map((one) => one.id).slice(0, 3), ['now', 'wet', 'dry']);
  assert.deepEqual(alphabetical(lines).map((one) => one.id), ['bad', 'dry', 'none', 'now', 'wet']);
});

test('a suspect sum counts, a bad one and a missing one do not', () => {
  assert.equal(amount(latest('rain_1h', 5, 0, 3)), 5);
  assert.equal(amount(latest('rain_1h', 5, 0, 4)), null);
  assert.equal(amount(latest('rain_1h', null, 0, 9)), null);
  assert.equal(amount(null), null);
});

test('classes and words begin where they say', () => {
  assert.deepEqual([0, 0.1, 4.9, 5, 16, 50, 100, 200, 999].map(rainClass), [0, 1, 1, 2, 3, 4, 5, 6, 6]);
  assert.deepEqual([15.9, 16, 50, 50.1, 100, 100.1].map(rainWord), [null, 'moderate', 'moderate', 'heavy', 'heavy', 'very_heavy']);
});
