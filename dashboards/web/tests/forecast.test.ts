import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { climbs, type DrawnForecast, emptyRows, horizon, label, leading, outlook, pasted, sent, typedFault, typedMoment, typedNumber, typedPoints, withForecast } from '../src/lib/forecast';
import { sentence } from '../src/lib/sentence';
import { riverRow } from '../src/lib/rows';
import { DAY, dayMoment } from '../src/lib/time';
import { speak } from '../src/i18n';
import { settings } from '../src/state/settings.svelte';
import type { Forecast } from '../src/types';
import { known, latest, LEVELS, NOW, station } from './samples';

beforeEach(() => (settings.lang = 'vi'));

const at = (text: string): number => Date.parse(`2025-11-${text}:00+07:00`);
const point = (when: string, value: number) => ({ at: `2025-11-${when}:00+07:00`, value, low: value - 0.3, high: value + 0.3 });

const forecast = (parts: Partial<Forecast> = {}): Forecast => ({
  seq: 9,
  received_at: '2025-11-19T02:40:00+07:00',
  by: null,
  station: 'thanh-hoa',
  parameter: 'water_level',
  unit: 'm',
  decimals: 2,
  source: 'Đài KTTV',
  issued_at: '2025-11-19T02:30:00+07:00',
  refined: true,
  remark: '',
  points: [point('19T09:00', 8.55), point('19T15:00', 8.1)],
  current: true,
  withdrawn: null,
  shape: 'crest',
  peak: point('19T09:00', 8.55),
  crossings: [{ level: 3, name: 'BĐ3', value: 8, at: '2025-11-19T04:30:00+07:00' }],
  stale: null,
  ...parts,
});

test('the sentence looks ahead: the peak, and when a level is reached', async () => {
  const row = riverRow(station('thanh-hoa', { name: 'Thạnh Hòa' }), known(latest('water_level', 7.8), latest('water_level_rise', 12)), [], NOW, 1);
  assert.equal(
    sentence(row, NOW, forecast()),
    'Thạnh Hòa, sông Kôn: 7,80 m lúc 03:00 — dưới BĐ3 0,20 m — đang lên 12 cm/h — dự báo đỉnh 8,55 m lúc 09:00 — đạt BĐ3 khoảng 04:30',
  );
  await speak('en');
  assert.deepEqual(outlook(forecast(), NOW), ['peak 8.55 m forecast for 09:00', 'reaches BĐ3 about 04:30']);
});

test('a rise that goes on is no peak, a fall names where it ends, and a day is said when it is another', () => {
  const points = [point('19T09:00', 8.1), point('20T01:00', 8.9)];
  assert.deepEqual(outlook(forecast({ shape: 'rising', points, peak: points[1], crossings: [] }), NOW), ['dự báo lên 8,90 m lúc 01:00 20/11']);
  const down = [point('19T09:00', 8.1), point('19T15:00', 7.2)];
  assert.deepEqual(outlook(forecast({ shape: 'falling', points: down, peak: down[0], crossings: [] }), NOW), ['dự báo xuống 7,20 m lúc 15:00']);
  assert.deepEqual(outlook(null, NOW), []);
});

test('a stale forecast gives no number, only that it is stale', () => {
  assert.deepEqual(outlook(forecast({ stale: 'old' }), NOW), ['dự báo đã cũ']);
  assert.deepEqual(outlook(forecast({ stale: 'past' }), NOW), ['dự báo đã hết hạn']);
  assert.equal(climbs(forecast({ stale: 'old' }), 7.8, LEVELS, NOW), null);
});

test('a line of the list names the highest level ahead, and nothing that is reached', () => {
  assert.equal(climbs(forecast(), 7.8, LEVELS, NOW), 'BĐ3 lúc 04:30');
  assert.equal(climbs(forecast(), 8.2, LEVELS, NOW), null);
  assert.equal(climbs(forecast(), 7.8, LEVELS, at('19T05:00')), null, 'that time is past');
  assert.equal(climbs(forecast(), null, LEVELS, NOW), null);
});

test('the label says who, when, and that nobody looked at it', () => {
  assert.equal(label(forecast()), 'Dự báo của Đài KTTV, phát lúc 02:30 19/11');
  assert.equal(label(forecast({ refined: false, stale: 'old' })), 'Dự báo của Đài KTTV, phát lúc 02:30 19/11, tự động, chưa hiệu chỉnh, đã cũ');
});

test('a forecaster goes before a model, the newer before the older, the stale behind all', () => {
  const model = forecast({ seq: 1, refined: false, issued_at: '2025-11-19T02:50:00+07:00' });
  const old = forecast({ seq: 2, stale: 'old' });
  assert.equal(leading([old, model, forecast()])?.seq, 9);
  assert.equal(leading([old, model])?.seq, 1);
  assert.equal(leading([old])?.seq, 2);
  assert.equal(leading([]), null);
});

const drawn = (...points: [string, number][]): DrawnForecast => ({
  points: points.map(([when, value]) => ({ at: at(when), value, low: null, high: null })),
  faint: false,
  preview: false,
  label: '',
});

test('the chart goes right of now as far as the forecast, at most two days', () => {
  const short = drawn(['19T09:00', 8]);
  assert.equal(horizon([short], NOW - 3 * DAY, NOW), at('19T11:00'));
  assert.equal(horizon([drawn(['24T09:00', 8])], NOW - 3 * DAY, NOW), NOW + 2 * DAY);
  assert.equal(horizon([drawn(['24T09:00', 8])], NOW - DAY, NOW), NOW + DAY);
  assert.equal(horizon([drawn(['18T09:00', 8])], NOW - 3 * DAY, NOW), NOW, 'all of it is past');
  assert.equal(horizon([], NOW - DAY, NOW), NOW);
});

test('forecast values stand on the same axis of time and never in the measured line', () => {
  const traces = { at: [1, 3], line: [5, null], rain: [undefined, 2], suspect: [], bad: [] };
  const one: DrawnForecast = { ...drawn(), points: [{ at: 2, value: 7, low: null, high: null }, { at: 3, value: 8, low: null, high: null }] };
  const all = withForecast(traces, [one]);
  assert.deepEqual([all.at, all.line, all.rain, all.ahead], [[1, 2, 3], [5, undefined, null], [undefined, undefined, 2], [undefined, 7, 8]]);
  assert.deepEqual(withForecast(traces, []).ahead, [undefined, undefined]);
});

test('the form begins with bulletin hours after now', () => {
  const clocks = (from: string, count: number) => emptyRows(at(from), count).map((row) => dayMoment(row.at));
  assert.deepEqual(clocks('19T03:00', 4), ['07:00 19/11', '13:00 19/11', '19:00 19/11', '01:00 20/11']);
  assert.deepEqual(clocks('19T07:00', 2), ['13:00 19/11', '19:00 19/11']);
  assert.deepEqual(clocks('19T00:30', 1), ['01:00 19/11']);
});

test('numbers and moments are read as people type them', () => {
  assert.deepEqual(['8,55', ' 8.5 ', '', '−0,3', '8,5m', '1.234,5'].map(typedNumber), [8.55, 8.5, null, -0.3, NaN, NaN]);
  for (const text of ['03:05 19/11', '03:05 19/11/2025', '19/11/2025 3h05', '19-11 03:05']) assert.equal(typedMoment(text, NOW), at('19T03:05'), text);
  assert.equal(typedMoment('07:00 01/01', at('30T07:00')), Date.parse('2026-01-01T07:00:00+07:00'), 'the nearest year');
  for (const text of ['', '03:05', '31/02 03:05', '25:00 19/11', 'x']) assert.equal(typedMoment(text, NOW), null, text);
});

test('a table is pasted with or without times; what is no number is refused whole', () => {
  const rows = pasted('8,10\t7,9\t8,3\n8,55\r\n\n', at('19T03:00'));
  assert.deepEqual(rows?.map((row) => [dayMoment(row.at), row.value, row.low, row.high]), [
    ['07:00 19/11', '8,10', '7,9', '8,3'],
    ['13:00 19/11', '8,55', '', ''],
  ]);
  assert.deepEqual(pasted('13:00 19/11\t8,55\n19:00 19/11;8,2', NOW)?.map((row) => [row.at, row.value]), [[at('19T13:00'), '8,55'], [at('19T19:00'), '8,2']]);
  assert.equal(pasted('Mực nước\n8,5', NOW), null);
  assert.equal(pasted('', NOW), null);
});

test('faults name the row; what is sent has instants and is in order', () => {
  const row = (when: string, value = '', low = '', high = '') => ({ at: at(when), value, low, high });
  assert.equal(typedFault([row('19T07:00')]), 'Chưa nhập giá trị nào.');
  assert.match(typedFault([row('19T07:00', 'x')]) ?? '', /^07:00 19\/11: có ô không phải là số/);
  assert.match(typedFault([row('19T07:00', '8'), row('19T13:00', '8', '7')]) ?? '', /^13:00 19\/11: cần cả hai/);
  assert.match(typedFault([row('19T07:00', '8', '8,1', '9')]) ?? '', /không nằm giữa/);
  assert.match(typedFault([row('19T07:00', '', '7', '9')]) ?? '', /thiếu mực nước/);
  const rows = [row('19T13:00', '8,5', '8', '9'), row('19T07:00', '8,1'), row('19T19:00')];
  assert.equal(typedFault(rows), null);
  assert.deepEqual(sent(typedPoints(rows)), [
    { at: '2025-11-19T07:00:00+07:00', value: 8.1, low: null, high: null },
    { at: '2025-11-19T13:00:00+07:00', value: 8.5, low: 8, high: 9 },
  ]);
});
