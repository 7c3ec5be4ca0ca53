import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as time from '../src/lib/time';

const at = Date.parse('2025-11-19T03:05:09+07:00');

test('the clock is Viet Nam\'s', () => {
  assert.equal(time.clock(at), '03:05');
  assert.equal(time.clockSeconds(at), '03:05:09');
  assert.equal(time.date(at), '19/11/2025');
  assert.equal(time.moment(at), '03:05 19/11/2025');
  assert.equal(time.rfc3339(at), '2025-11-19T03:05:09+07:00');
});

test('the zone of the browser changes nothing', () => {
  const before = process.env.TZ;
  const hours = ['UTC', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Ho_Chi_Minh'].map((zone) => {
    process.env.TZ = zone;
    assert.equal(time.moment(at), '03:05 19/11/2025', zone);
    assert.equal(time.rfc3339(at), '2025-11-19T03:05:09+07:00', zone);
    return new Date(at).getHours();
  });
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
  assert.equal(new Set(hours).size, 4, 'the zones of this process really differ');
});

test('the date stands beside the clock only when it is another day in Viet Nam', () => {
  assert.equal(time.shortMoment(at, Date.parse('2025-11-19T23:59:00+07:00')), '03:05');
  assert.equal(time.shortMoment(at, Date.parse('2025-11-20T00:00:00+07:00')), '03:05 19/11');
  // Still the 18th in UTC, already the 19th in Viet Nam.
  assert.equal(time.shortMoment(Date.parse('2025-11-18T17:30:00Z'), at), '00:30');
});

test('spans of the configuration are read, anything else takes the default', () => {
  assert.equal(time.span('90s', 0), 90_000);
  assert.equal(time.span('10min', 0), 600_000);
  assert.equal(time.span('2h', 0), 7_200_000);
  assert.equal(time.span('3d', 0), 3 * time.DAY);
  assert.equal(time.span('soon', 5), 5);
  assert.equal(time.span('10 min', 5), 5);
});

test('ticks of a day are midnights in Viet Nam', () => {
  const days = time.ticks(Date.parse('2025-11-17T05:00:00+07:00'), Date.parse('2025-11-19T00:00:00+07:00'), time.DAY);
  assert.deepEqual(days.map(time.moment), ['00:00 18/11/2025', '00:00 19/11/2025']);
});

test('a length of time is told in its largest unit and never rounded up', () => {
  assert.deepEqual(time.largest(59_999), { count: 0, unit: 'minute' });
  assert.deepEqual(time.largest(59 * time.MINUTE + 59_000), { count: 59, unit: 'minute' });
  assert.deepEqual(time.largest(47 * time.HOUR), { count: 47, unit: 'hour' });
  assert.deepEqual(time.largest(2 * time.DAY), { count: 2, unit: 'day' });
  assert.deepEqual(time.largest(-5), { count: 0, unit: 'minute' });
});

test('months and days begin on Viet Nam’s calendar', () => {
  const from = Date.parse('2025-08-31T17:00:00Z');
  assert.equal(time.startOfDay(Date.parse('2025-11-18T18:00:00Z')), Date.parse('2025-11-19T00:00:00+07:00'));
  const found = time.months(from, Date.parse('2026-03-01T00:00:00+07:00'), 3);
  assert.deepEqual(found.map((at) => time.rfc3339(at)), ['2025-10-01T00:00:00+07:00', '2026-01-01T00:00:00+07:00']);
  assert.equal(time.months(from, from, 1)[0], from, 'the first of September itself');
});
