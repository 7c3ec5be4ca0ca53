import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fixed, type Lang } from '../src/lib/number';

const check = (value: number, decimals: number, lang: Lang, expected: string): void =>
  assert.equal(fixed(value, decimals, lang), expected);

test('Vietnamese has a decimal comma, English a point', () => {
  check(8.21, 2, 'vi', '8,21');
  check(8.21, 2, 'en', '8.21');
  check(45, 0, 'vi', '45');
});

test('every decimal is printed, also zeros', () => {
  check(8, 2, 'vi', '8,00');
  check(44.5, 2, 'vi', '44,50');
});

test('a half rounds away from zero on the decimal text, not on the binary fraction', () => {
  check(8.205, 2, 'vi', '8,21');
  check(1.005, 2, 'vi', '1,01');
  check(2.675, 2, 'en', '2.68');
  check(-0.205, 2, 'vi', '−0,21');
  check(8.2049, 2, 'vi', '8,20');
});

test('what rounds to zero has no sign', () => {
  check(-0.004, 2, 'vi', '0,00');
  check(-0.4, 0, 'en', '0');
});
