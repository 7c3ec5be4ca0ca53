import assert from 'node:assert/strict';
import { test } from 'node:test';

import { watches } from '../src/lib/shifts';
import type { LogItem, ShiftView } from '../src/types_duty';

const shift = (seq: number, from: string, to: string | null): ShiftView => ({ seq, user: `u${seq}`, name: '', from, to, before: null, unannounced: false });
const config = (seq: number, at: string): LogItem => ({ kind: 'config', at, seq, by: '' });
const takes = (seq: number, at: string): LogItem => ({
  kind: 'duty',
  at,
  seq,
  what: 'take_over',
  recipient_name: null,
  record: { at, who: { user: '', name: '' }, entry: { kind: 'take_over', handover: null, remark: null }, before: null, unannounced: false },
});
const T = (hour: number): string => `2025-11-19T0${hour}:00:00+07:00`;

test('every line is in the shift of its time, what was before the first shift is nobody’s', () => {
  const shifts = [shift(2, T(2), T(5)), shift(6, T(5), null)];
  const items = [config(8, T(7)), takes(6, T(5)), config(4, T(4)), takes(2, T(2)), config(1, T(1))];
  const found = watches(shifts, items).map((one) => [one.shift?.seq ?? null, one.items.map((item) => ('seq' in item ? item.seq : 0))]);
  assert.deepEqual(found, [
    [6, [8, 6]],
    [2, [4, 2]],
    [null, [1]],
  ]);
});

test('two shifts that begin in one instant keep their own beginnings', () => {
  const found = watches([shift(2, T(2), T(2)), shift(3, T(2), null)], [takes(3, T(2)), takes(2, T(2))]);
  assert.deepEqual(found.map((one) => one.items.map((item) => ('seq' in item ? item.seq : 0))), [[3], [2]]);
});

test('a range without any shift is one stretch of nobody', () => {
  assert.deepEqual(watches([], []), []);
  assert.equal(watches([], [config(1, T(1))])[0]?.shift, null);
});
