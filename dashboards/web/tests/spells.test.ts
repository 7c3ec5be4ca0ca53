import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lanes } from '../src/lib/spells.ts';
import type { Spell } from '../src/types.ts';

const T = Date.parse('2025-11-19T00:00:00+07:00');
const HOUR = 3_600_000;
const at = (hour: number): string => new Date(T + hour * HOUR).toISOString();

test('a lane for each condition there was, the worst first, inside of the stretch', () => {
  const spells: Spell[] = [
    { condition: 'battery_low', from: at(-5), to: null },
    { condition: 'silent', from: at(6), to: at(12) },
    { condition: 'silent', from: at(23.999), to: at(24) },
  ];
  const found = lanes(spells, T, T + 24 * HOUR);
  assert.deepEqual(found.map((one) => one.condition), ['silent', 'battery_low']);
  assert.deepEqual([found[0]!.pieces[0]!.start, found[0]!.pieces[0]!.width], [0.25, 0.25]);
  assert.ok(found[0]!.pieces[1]!.width >= 0.006 && found[0]!.pieces[1]!.start + found[0]!.pieces[1]!.width <= 1, 'a short one is seen');
  assert.deepEqual([found[1]!.pieces[0]!.start, found[1]!.pieces[0]!.width, found[1]!.pieces[0]!.to], [0, 1, null]);
  assert.deepEqual(lanes([], T, T + HOUR), []);
});
