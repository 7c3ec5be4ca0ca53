import assert from 'node:assert/strict';
import { test } from 'node:test';

import { highestAlarm, riverRow, type Row, tolerance, trend, worstFirst } from '../src/lib/rows';
import type { AlarmRecord, Latest, Station } from '../src/types';
import { alarm, known, latest, NOW, station } from './samples';

function row(id: string, items: Latest[], alarms: AlarmRecord[] = [], more: Partial<Station> = {}, speed = 1): Row {
  return riverRow(station(id, more), known(...items), alarms, NOW, speed);
}
const order = (rows: Row[]): string[] => [...rows].sort(worstFirst).map((one) => one.station.id);

test('worst first: level, then nearness to the next, then rate, then age, then name', () => {
  const level = (value: number, rate = 0, minutes = 0): Latest[] => [
    latest('water_level', value, minutes),
    latest('water_level_rise', rate),
  ];
  const rows = [
    row('below', level(5.9, 90)),
    row('one', level(6.2)),
    row('three', level(8.0)),
    row('three-higher', level(8.4)),
    row('one-nearer', level(6.9)),
    row('two-slow', level(7.5, 5)),
    row('two-fast', level(7.5, 40)),
    row('two-fast-older', level(7.5, 40, 20)),
    row('unknown', []),
  ];
  assert.deepEqual(order(rows), [
    'three-higher',
    'three',
    'two-fast-older',
    'two-fast',
    'two-slow',
    'one-nearer',
    'one',
    'below',
    'unknown',
  ]);
  assert.deepEqual(order([...rows].reverse()), order(rows));
});

test('an alarm that has not cleared yet wins over the falling value', () => {
  const fallen = row('x', [latest('water_level', 6.95)], [alarm('x', 2)]);
  assert.equal(fallen.level, 2);
  assert.equal(row('x', [latest('water_level', 7.2)], [alarm('x', 1)]).level, 2);
  assert.equal(row('x', [latest('water_level', 6.5)], [alarm('other', 3)]).level, 1);
});

test('silence does not clear a level: with an alarm standing and no value the level stays', () => {
  const dark = row('x', [latest('water_level', null, 200, 9)], [alarm('x', 3, { blind: true })]);
  assert.equal(dark.level, 3);
  assert.equal(dark.value, null);
  assert.equal(dark.blind, true);
  assert.equal(dark.stale, true);
});

test('rain alarms of the same station are not its stage', () => {
  const rainy = alarm('x', 3, {}, 'rain_24h');
  assert.equal(row('x', [latest('water_level', 5)], [rainy]).level, 0);
  assert.equal(highestAlarm([rainy], 'x', (one) => one.startsWith('rain')), rainy);
  assert.equal(highestAlarm([alarm('x', 0)], 'x', () => true), null);
});

test('a bad value is neither compared nor a level; a suspect one is provisional', () => {
  const bad = row('x', [latest('water_level', 12, 0, 4)]);
  assert.equal(bad.value, null);
  assert.equal(bad.level, null);
  assert.equal(bad.compare, null);
  const suspect = row('x', [latest('water_level', 7.5, 0, 3)]);
  assert.equal(suspect.level, 2);
  assert.equal(suspect.provisional, true);
  assert.equal(row('x', [latest('water_level', 5, 0, 3)]).provisional, false);
});

test('without levels there is no level, not "below BĐ1"', () => {
  assert.equal(row('x', [latest('water_level', 5)], [], { levels: [] }).level, null);
});

test('a value is old after what its station declares, exactly', () => {
  assert.equal(row('x', [latest('water_level', 5, 45)]).stale, false);
  assert.equal(row('x', [latest('water_level', 5, 45.1)]).stale, true);
  assert.equal(row('x', [latest('water_level', 5, 100)], [], { silent_after: '2h' }).stale, false);
  assert.equal(row('x', []).stale, true);
});

test('a station the server calls silent is old whatever its last time says', () => {
  const health = {
    station: 'x',
    connected: false,
    last_received: null,
    last_observed: null,
    conditions: [['silent', '']] as [['silent', string]],
    battery_volts: null,
    messages: 0,
    set_aside: 0,
    duplicates: 0,
  };
  assert.equal(row('x', [latest('water_level', 5)], [], { health }).stale, true);
});

test('in a fast drill a value may be as old as the page needs seconds', () => {
  assert.equal(tolerance(station('x'), 1), 45 * 60_000);
  assert.equal(tolerance(station('x'), 3_600), 45 * 60_000 + 18_000_000);
  assert.equal(row('x', [latest('water_level', 5, 300)], [], {}, 3_600).stale, false);
});

test('trends have a dead band and a fast step on both sides', () => {
  const cases: [number | null, string][] = [
    [null, 'unknown'],
    [0.9, 'steady'],
    [-0.9, 'steady'],
    [1, 'rise'],
    [29.9, 'rise'],
    [30, 'fast_rise'],
    [-1, 'fall'],
    [-30, 'fast_fall'],
  ];
  for (const [rate, expected] of cases) assert.equal(trend(rate), expected, String(rate));
});
