import assert from 'node:assert/strict';
import { test } from 'node:test';

import { riverRow, type Row } from '../src/lib/rows';
import { tally } from '../src/lib/tally';
import { alarm, known, latest, NOW, station } from './samples';

const at = (id: string, value: number | null, minutes = 0): Row =>
  riverRow(station(id), value === null ? known() : known(latest('water_level', value, minutes)), [], NOW, 1);
const counts = (rows: Row[]): Record<string, number> => Object.fromEntries(tally(rows).map((one) => [one.key, one.count]));

test('stations are counted at their level, worst first; the three báo động are told even when nobody is there', () => {
  assert.deepEqual(tally([at('a', 8.2), at('b', 6.5), at('c', 6.6), at('d', 2)]).map((one) => [one.key, one.count]), [
    ['bd3', 1],
    ['bd2', 0],
    ['bd1', 2],
    ['below', 1],
  ]);
});

test('an old value counts at the level it last stood at, and among the old', () => {
  assert.deepEqual(counts([at('a', 8.2, 300)]), { bd3: 1, bd2: 0, bd1: 0, below: 0, stale: 1 });
});

test('a station that was never heard is old and below nothing', () => {
  const found = counts([at('a', null)]);
  assert.equal(found.stale, 1);
  assert.equal(found.below, 0);
});

test('a level that an alarm holds counts although the value has fallen', () => {
  const held = riverRow(station('a'), known(latest('water_level', 7.9)), [alarm('a', 3)], NOW, 1);
  assert.equal(counts([held]).bd3, 1);
});

test('a station without levels is told as such', () => {
  const plain = riverRow(station('a', { levels: [] }), known(latest('water_level', 7.9)), [], NOW, 1);
  assert.equal(counts([plain]).none, 1);
});
