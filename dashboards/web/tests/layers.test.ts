import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failing, worstHealth } from '../src/lib/layers';
import type { Condition, StationHealth, Status } from '../src/types';
import { ago, station } from './samples';

const health = (conditions: [Condition, number][], more: Partial<StationHealth> = {}): StationHealth => ({
  station: 'x',
  connected: null,
  last_received: ago(1),
  last_observed: ago(1),
  conditions: conditions.map(([one, minutes]) => [one, ago(minutes)]),
  battery_volts: null,
  messages: 1,
  set_aside: 0,
  duplicates: 0,
  maintenance: null,
  ...more,
});
const STATUS: Status = {
  ledger: { writing: true, failing_since: null, last_seq: 1, last_commit_at: null },
  broker: { listening: true, connections: 1, address: '', failing_since: null },
  stations: { total: 1, silent: 0 },
  set_aside: [],
  delivery: { waiting: 0, dead: 0 },
  problems: [],
};
const silent = (connected: boolean | null): StationHealth => health([['silent', 60]], { connected });
const layer = (of: StationHealth | null, status: Status | null = STATUS): string | undefined =>
  failing(station('x', { health: of }), status)[0]?.layer;

test('silence is the line’s when the broker lost the station, the logger’s when it is there and says nothing', () => {
  assert.equal(layer(silent(false)), 'line');
  assert.equal(layer(silent(true)), 'logger');
  assert.equal(layer(silent(null)), 'station_or_line');
});

test('no station is accused while the server itself hears or writes nothing', () => {
  assert.equal(layer(silent(false), { ...STATUS, broker: { ...STATUS.broker, listening: false } }), 'intake');
  assert.equal(layer(silent(false), { ...STATUS, ledger: { ...STATUS.ledger, writing: false } }), 'ledger');
});

test('every condition has its layer', () => {
  const of = (condition: Condition): string | undefined => layer(health([[condition, 5]]));
  const all: Condition[] = ['clock_wrong', 'battery_low', 'sends_nonsense', 'sensor_silent', 'implausible', 'maintenance_over'];
  assert.deepEqual(all.map(of), ['clock', 'battery', 'logger', 'sensor', 'sensor', 'maintenance']);
});

test('a station that was never heard is not well; one without conditions is', () => {
  assert.deepEqual(failing(station('x'), STATUS).map((one) => one.condition), ['never']);
  assert.deepEqual(failing(station('x', { health: health([]) }), STATUS), []);
});

test('worst first: silence before a weak battery, the longest first, the well ones by name', () => {
  const all = [
    station('b', { health: health([]) }),
    station('weak', { health: health([['battery_low', 500]]) }),
    station('a', { health: health([]) }),
    station('just', { health: health([['silent', 50]], { connected: false }) }),
    station('long', { health: health([['battery_low', 9], ['silent', 600]], { connected: false }) }),
  ];
  const found = worstHealth(all, STATUS);
  assert.deepEqual(found.map((one) => one.station.id), ['long', 'just', 'weak', 'a', 'b']);
  assert.deepEqual(found[0]?.failing.map((one) => one.layer), ['line', 'battery']);
});
