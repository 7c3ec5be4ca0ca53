import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lines } from '../src/lib/schematic';
import { station } from './samples';

test('stations stand from source to mouth, whatever the order of the list', () => {
  const kon = lines([
    station('thanh-hoa'),
    station('vinh-son', { downstream: 'binh-nghi' }),
    station('binh-nghi', { downstream: 'thanh-hoa' }),
  ]);
  assert.deepEqual(kon[0]?.stops.map((stop) => stop.station.id), ['vinh-son', 'binh-nghi', 'thanh-hoa']);
});

test('a river that flows into another says which, and stations without a river are left out', () => {
  const drawn = lines([
    station('an-hoa', { river: 'an-lao', river_name: 'sông An Lão', downstream: 'bong-son' }),
    station('bong-son', { river: 'lai-giang', river_name: 'sông Lại Giang' }),
    station('rain-only', { river: null, river_name: null }),
  ]);
  assert.deepEqual(drawn.map((line) => line.name), ['sông An Lão', 'sông Lại Giang']);
  assert.deepEqual(drawn[0]?.joins, { line: 1, column: 0 });
  assert.equal(drawn[1]?.joins, null);
});

test('a configuration that flows in a circle does not hang the page', () => {
  const ring = lines([station('a', { downstream: 'b' }), station('b', { downstream: 'a' })]);
  assert.equal(ring[0]?.stops.length, 2);
});
