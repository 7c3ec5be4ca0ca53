import assert from 'node:assert/strict';
import { test } from 'node:test';

import { between, interpolated, readNumber, replacedOf, rows, samplesOf, seen, type Version } from '../src/lib/review';
import { MINUTE } from '../src/lib/time';

const T = Date.parse('2025-11-19T01:00:00+07:00');
const iso = (minute: number): string => new Date(T + minute * MINUTE).toISOString();
const version = (seq: number, value: number | null, flag: number, how: Version['how'] = 'measured'): Version => ({
  seq,
  received_at: null,
  value,
  flag,
  failed: flag > 2 ? ['spike'] : [],
  late: false,
  how,
});
const NIGHT = rows([
  { observed_at: iso(0), versions: [version(1, 5, 1)] },
  { observed_at: iso(10), versions: [version(2, 9, 3), version(3, 9, 4, 'checked'), version(7, 5.2, 1, 'correct')] },
  { observed_at: iso(20), versions: [version(4, 9.5, 3), version(8, 9.5, 4, 'reject')] },
  { observed_at: iso(30), versions: [version(5, 5.6, 1)] },
]);

test('the last version holds, those before it stay with the newest first', () => {
  assert.deepEqual(NIGHT.map((row) => row.now.seq), [1, 7, 8, 5]);
  assert.deepEqual(NIGHT[1]?.before.map((one) => one.how), ['checked', 'measured']);
  assert.deepEqual(replacedOf(NIGHT), [{ at: T + 10 * MINUTE, value: 9 }], 'once, and not where the value stayed');
});

test('who gave the value is told apart from who only judged it', () => {
  assert.deepEqual(samplesOf(NIGHT).map((one) => one.byPerson), [undefined, 'corrected', 'judged', undefined]);
  const accepted = rows([{ observed_at: iso(0), versions: [version(1, 9, 3), version(2, 5, 1, 'correct'), version(3, 5, 1, 'accept')] }]);
  assert.equal(samplesOf(accepted)[0]?.byPerson, 'corrected');
});

test('a stretch is what lies between its ends, whichever was chosen first', () => {
  const chosen = between(NIGHT, T + 20 * MINUTE, T + 10 * MINUTE);
  assert.deepEqual(chosen.map((row) => row.now.seq), [7, 8]);
  assert.deepEqual(seen(chosen), { count: 2, seq: 8 });
  assert.deepEqual(seen([]), { count: 0, seq: 0 });
});

test('what is interpolated lies between good neighbours, and is not guessed without them', () => {
  const chosen = NIGHT.slice(1, 3);
  assert.deepEqual(interpolated(NIGHT, chosen)?.map((value) => Math.round(value * 100) / 100), [5.2, 5.4]);
  assert.equal(interpolated(NIGHT, NIGHT.slice(0, 2)), null);
  assert.equal(interpolated(NIGHT, []), null);
});

test('numbers are read as people write them', () => {
  assert.deepEqual(['8,25', '8.25', ' −0,5 ', '8', '', '8,2,5', 'tám', '1e3'].map(readNumber), [8.25, 8.25, -0.5, 8, null, null, null, null]);
});
