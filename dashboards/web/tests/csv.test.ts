import assert from 'node:assert/strict';
import { test } from 'node:test';

import { csv, csvSize } from '../src/lib/csv';
import type { Sample } from '../src/lib/hydrograph';

const OF = { station: 'thanh-hoa', parameter: 'water_level', unit: 'm' };
const AT = Date.parse('2025-11-18T20:00:00Z');
const one = (more: Partial<Sample> = {}): Sample => ({ at: AT, value: 8.205, flag: 1, failed: [], late: false, ...more });
const lines = (samples: Sample[]): string[] => csv(OF, samples).split('\r\n').slice(1, -1);

test('a value is as it was measured, with its zone, flag and checks; a missing one is empty, not zero', () => {
  assert.deepEqual(lines([one()]), ['thanh-hoa,water_level,m,2025-11-19T03:00:00+07:00,8.205,1,,false,,provisional']);
  const odd = one({ value: null, flag: 3, failed: ['spike', 'rate'], late: true });
  assert.deepEqual(lines([odd]), ['thanh-hoa,water_level,m,2025-11-19T03:00:00+07:00,,3,spike rate,true,,provisional']);
});

test('what would break a line is quoted', () => {
  const odd = csv({ ...OF, station: 'a "b", c' }, [one()]).split('\r\n')[1];
  assert.match(odd ?? '', /^"a ""b"", c",water_level/);
});

test('spreadsheets find their mark, and the last line ends', () => {
  const text = csv(OF, []);
  assert.ok(text.startsWith('\ufeffstation,') && text.endsWith('\r\n'));
});

test('the size told before is near the size that comes', () => {
  const samples = Array.from({ length: 432 }, (_, i) => one({ at: AT + i * 600_000, value: 5 + i / 100 }));
  const size = new TextEncoder().encode(csv(OF, samples)).length;
  assert.ok(Math.abs(csvSize(OF, 432) - size) < size * 0.05, `${csvSize(OF, 432)} for ${size}`);
});
