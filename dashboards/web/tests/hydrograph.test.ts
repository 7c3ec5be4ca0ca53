import assert from 'node:assert/strict';
import { test } from 'node:test';

import { merge, type Sample, stageRange, sums, traces, wholeHours } from '../src/lib/hydrograph';
import { inForce } from '../src/lib/standing';
import { HOUR, MINUTE } from '../src/lib/time';
import { LEVELS } from './samples';

const GAP = 25 * MINUTE;
const T = Date.parse('2025-11-19T00:00:00+07:00');
const at = (minutes: number): number => T + minutes * MINUTE;
const one = (minutes: number, value: number | null, flag = 1): Sample => ({ at: at(minutes), value, flag });
/** The parts of the line as it is drawn: values that are joined stand together. */
function strokes(samples: Sample[]): number[][] {
  const out: number[][] = [[]];
  for (const value of traces(samples, [], GAP).line) {
    if (value === null) out.push([]);
    else if (value !== undefined) out[out.length - 1]?.push(value);
  }
  return out.filter((stroke) => stroke.length > 0);
}

test('values in their rhythm are joined', () => {
  assert.deepEqual(strokes([one(0, 5), one(10, 6), one(20, 7)]), [[5, 6, 7]]);
});

test('a hole stays a hole, and is not filled with zero', () => {
  assert.deepEqual(strokes([one(0, 5), one(10, 6), one(60, 7), one(70, 8)]), [[5, 6], [7, 8]]);
  assert.deepEqual(strokes([one(0, 5), one(25, 6)]), [[5, 6]]);
  assert.deepEqual(strokes([one(0, 5), one(26, 6)]), [[5], [6]]);
});

test('missing, suspect and bad values break the line; suspect and bad ones stand apart', () => {
  const samples = [one(0, 5), one(10, null, 9), one(20, 6), one(30, 9, 3), one(40, 7), one(50, 99, 4), one(60, 8)];
  assert.deepEqual(strokes(samples), [[5], [6], [7], [8]]);
  const drawn = traces(samples, [], GAP);
  assert.deepEqual(drawn.suspect, [{ at: at(30), value: 9 }]);
  assert.deepEqual(drawn.bad, [{ at: at(50), value: 99 }]);
});

test('rain at other instants does not break the line', () => {
  const drawn = traces([one(0, 5), one(10, 6)], [{ at: at(5), value: 3 }], GAP);
  assert.deepEqual(drawn.at, [at(0), at(5), at(10)]);
  assert.deepEqual(drawn.line, [5, undefined, 6]);
  assert.deepEqual(drawn.rain, [undefined, 3, undefined]);
});

test('live values are added, corrections replace, late ones find their place', () => {
  const before = [one(0, 5), one(10, 6)];
  assert.deepEqual(merge(before, [one(20, 7)]), [one(0, 5), one(10, 6), one(20, 7)]);
  assert.deepEqual(merge(before, [one(10, 6.5)]), [one(0, 5), one(10, 6.5)]);
  assert.deepEqual(merge(before, [one(20, 7), one(5, 5.5)]), [one(0, 5), one(5, 5.5), one(10, 6), one(20, 7)]);
});

test('amounts belong to (start, end] on whole hours of Viet Nam, bad and missing ones are left out', () => {
  const rain = [one(0, 1), one(10, 2), one(60, 4), one(61, 8), one(70, null, 9), one(80, 50, 4)];
  assert.deepEqual(sums(rain, HOUR), [
    { at: at(0), value: 1 },
    { at: at(60), value: 6 },
    { at: at(120), value: 8 },
  ]);
  // Six-hour steps end at 00, 06, 12 and 18 h in Viet Nam, which is 17, 23, 05, 11 h in UTC.
  assert.deepEqual(sums([one(1, 3)], 6 * HOUR), [{ at: at(360), value: 3 }]);
});

test('of running hourly sums only those at whole hours become bars', () => {
  assert.deepEqual(wholeHours([one(50, 9), one(60, 10), one(70, 11), one(120, 5, 4)]), [{ at: at(60), value: 10 }]);
});

test('the axis holds the data and, near BĐ1, every báo động', () => {
  const levels = inForce(LEVELS, T);
  const [low, high] = stageRange([5.2, 5.4], levels, null, false);
  assert.ok(low < 5.2 && high > 8);
  const far = stageRange([2, 2.5], levels, 9.7, false);
  assert.ok(far[1] < 6);
  assert.ok(stageRange([5.2, 5.4], levels, null, true)[1] < 6);
  assert.ok(stageRange([5, 8.1], levels, 9.7, false)[1] > 9.7, 'above BĐ3 the record matters');
  assert.ok(stageRange([5, 7.9], levels, 9.7, false)[1] < 9.7);
  assert.deepEqual(stageRange([], [], null, false), [0, 1]);
});
