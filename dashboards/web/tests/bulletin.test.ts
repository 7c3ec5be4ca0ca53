import assert from 'node:assert/strict';
import { test } from 'node:test';

import { areasOf, type Bulletin, EMPTY, kindOf, type PastFlood, readInstant, restore, riversOf, type Stage, surestFlood, wet } from '../src/lib/bulletin';

function stage(station: string, level: number | null, river = 'kon', floods: PastFlood[] = []): Stage {
  return { station, name: station, river, river_name: `sông ${river}`, observed_at: null, value: null, flag: null, level, nearest: null, levels: [], rate: null, trend: null, peak: null, floods };
}
const flood = (when: string, value: number, ...others: number[]): PastFlood => ({ when, value, others, difference: null });

test('the kind of bulletin follows the highest level that is reached', () => {
  const kinds = [null, 0, 1, 2, 3, 4].map((level) => kindOf([stage('a', 0), stage('b', level)]));
  assert.deepEqual(kinds, ['calm', 'calm', 'warning', 'flood', 'urgent', 'urgent']);
  assert.equal(kindOf([]), 'calm');
});

test('rivers are named once, in the order of their stations', () => {
  assert.deepEqual(riversOf([stage('a', 0), stage('b', 1, 'ha-thanh'), stage('c', 2)]), ['sông kon', 'sông ha-thanh']);
});

test('a flood about which sources differ is no measure for paper', () => {
  assert.equal(surestFlood(stage('a', 0, 'kon', [flood('2009-11', 7.33, 7.17), flood('2017', 6.3)]))?.when, '2017');
  assert.equal(surestFlood(stage('a', 0, 'kon', [flood('2009-11', 7.33, 7.17)])), null);
});

test('areas come from rivers in alarm and from warnings, each once', () => {
  const rivers = [{ id: 'kon', name: 'sông Kôn', areas: ['A', 'B'] }, { id: 'calm', name: 'x', areas: ['Z'] }];
  const bulletin = { rivers, warnings: [{ areas: ['B', 'C'] }] } as unknown as Bulletin;
  assert.deepEqual(areasOf(bulletin, [stage('a', 1), stage('b', 0, 'calm')]), ['A', 'B', 'C']);
});

test('rain below a millimetre has no line', () => {
  const sum = (value: number) => ({ value, observed_at: '', completeness: 100, flag: 1 });
  const rain = (id: string, day: number | null, last: number | null) => ({ id, name: id, basin_name: null, day: day === null ? null : sum(day), since_day: null, hours_24: last === null ? null : sum(last) });
  assert.deepEqual(wet([rain('a', 0.9, 0), rain('b', 1, null), rain('c', null, 12), rain('d', null, null)]).map((one) => one.id), ['b', 'c']);
});

test('an instant is read as people write it, in Viet Nam time', () => {
  const at = Date.parse('2025-11-19T02:05:00+07:00');
  for (const text of ['02:05 19/11/2025', '19/11/2025 02:05', '2h05 19.11.2025', '19-11-2025 2:05']) assert.equal(readInstant(text), at, text);
  for (const text of ['', '19/11/2025', '02:05', '25:00 19/11/2025', '02:05 31/02/2025', '02:65 01/02/2025', '02:05 19/13/2025']) assert.equal(readInstant(text), null, text);
});

test('what was kept comes back, and what has another shape by now does not', () => {
  assert.deepEqual(restore(JSON.stringify({ ...EMPTY, outlook: 'lên', without: ['a'], rain: false })), { ...EMPTY, outlook: 'lên', without: ['a'], rain: false });
  assert.deepEqual(restore('{"outlook":5,"without":[1],"stranger":"x","rain":"yes"}'), EMPTY);
  for (const text of [null, '', '[', '7', 'null']) assert.deepEqual(restore(text), EMPTY);
});
