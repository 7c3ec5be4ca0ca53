import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dayName, days, extent, isRange, readDay } from '../src/lib/range';
import { rfc3339 } from '../src/lib/time';

const at = (text: string): number => Date.parse(text);
const NIGHT = at('2025-11-19T03:00:00+07:00');
const told = (range: Parameters<typeof extent>[0], now: number): unknown[] => {
  const { from, to, live } = extent(range, now);
  return [rfc3339(from), rfc3339(to), live];
};

test('a preset ends now and moves on with it', () => {
  assert.deepEqual(told('24h', NIGHT), ['2025-11-18T03:00:00+07:00', '2025-11-19T03:00:00+07:00', true]);
  assert.deepEqual(told('30d', NIGHT), ['2025-10-20T03:00:00+07:00', '2025-11-19T03:00:00+07:00', true]);
});

test('days are whole days of Viet Nam, both included; the one that is not over is live', () => {
  assert.deepEqual(told('2025-11-17..2025-11-18', NIGHT), ['2025-11-17T00:00:00+07:00', '2025-11-19T00:00:00+07:00', false]);
  assert.deepEqual(told('2025-11-18..2025-11-19', NIGHT), ['2025-11-18T00:00:00+07:00', '2025-11-19T03:00:00+07:00', true]);
});

test('the flood season is this year’s from September on, before that last year’s', () => {
  assert.deepEqual(told('mua-lu', NIGHT), ['2025-09-01T00:00:00+07:00', '2025-11-19T03:00:00+07:00', true]);
  assert.deepEqual(told('mua-lu', at('2026-08-31T23:59:00+07:00')), ['2025-09-01T00:00:00+07:00', '2026-01-01T00:00:00+07:00', false]);
  // Still August in London.
  assert.equal(told('mua-lu', at('2026-09-01T00:00:00+07:00'))[0], '2026-09-01T00:00:00+07:00');
});

test('days that are the wrong way round are turned, and nothing else is a range', () => {
  assert.equal(days('2025-11-19', '2025-11-17'), '2025-11-17..2025-11-19');
  assert.equal(days('', '2025-11-17'), null);
  assert.equal(days('2020-01-01', '2025-01-01'), null);
  const refused = ['', '2d', '2025-11-17', '2025-11-17..', '2025-13-01..2025-13-02', '2025-11-17..2025-11-18..2025-11-19'];
  assert.deepEqual(refused.filter(isRange), []);
});

test('the day of an instant is Viet Nam’s', () => {
  assert.equal(dayName(at('2025-11-18T17:00:00Z')), '2025-11-19');
  assert.equal(dayName(at('2025-11-18T16:59:59Z')), '2025-11-18');
});

test('a day is written as in Viet Nam, the day first', () => {
  assert.deepEqual(['17/11/2025', ' 7/1/2025 ', '17.11.2025', '17-11-2025', '17/11'].map((one) => readDay(one, NIGHT)), [
    '2025-11-17',
    '2025-01-07',
    '2025-11-17',
    '2025-11-17',
    '2025-11-17',
  ]);
  assert.deepEqual(['', '11/17/2025', '31/02/2025', '2025-11-17', '17/11/25', 'hôm qua'].map((one) => readDay(one, NIGHT)), Array(6).fill(null));
});
