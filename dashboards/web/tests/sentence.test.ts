import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { ahead, comparison, sentence, tendency } from '../src/lib/sentence';
import { riverRow, type Row } from '../src/lib/rows';
import { inForce } from '../src/lib/standing';
import { speak } from '../src/i18n';
import { settings } from '../src/state/settings.svelte';
import type { Latest } from '../src/types';
import { known, latest, LEVELS, NOW, station } from './samples';

beforeEach(() => (settings.lang = 'vi'));

const thanhHoa = (...items: Latest[]): Row =>
  riverRow(station('thanh-hoa', { name: 'Thạnh Hòa' }), known(...items), [], NOW, 1);

test('the model sentence, in both languages', async () => {
  const row = thanhHoa(latest('water_level', 8.21), latest('water_level_rise', 12));
  assert.equal(sentence(row, NOW), 'Thạnh Hòa, sông Kôn: 8,21 m lúc 03:00 — trên BĐ3 0,21 m — đang lên 12 cm/h');
  await speak('en');
  assert.equal(sentence(row, NOW), 'Thạnh Hòa, sông Kôn: 8.21 m at 03:00 — 0.21 m above BĐ3 — rising 12 cm/h');
});

test('an old value says so and has its date when it is from another day', () => {
  const row = thanhHoa(latest('water_level', 5.5, 240));
  assert.equal(
    sentence(row, NOW),
    'Thạnh Hòa, sông Kôn: 5,50 m lúc 23:00 18/11 — dưới BĐ1 0,50 m — chưa rõ xu thế — số liệu cũ',
  );
});

test('nothing known is said, never a number', () => {
  assert.equal(sentence(thanhHoa(), NOW), 'Thạnh Hòa, sông Kôn: chưa có số liệu');
  assert.equal(sentence(thanhHoa(latest('water_level', 99, 0, 4)), NOW), 'Thạnh Hòa, sông Kôn: chưa có số liệu');
});

test('at a level is neither above nor below it', () => {
  assert.equal(comparison({ name: 'BĐ2', diff: 0.004 }), 'bằng BĐ2');
  assert.equal(comparison({ name: 'BĐ2', diff: -0.3 }), 'dưới BĐ2 0,30 m');
});

test('the rate has no sign: the word tells the direction', () => {
  assert.equal(tendency(-12.4, 'trend'), 'xuống 12 cm/h');
  assert.equal(tendency(45, 'say'), 'đang lên nhanh 45 cm/h');
  assert.equal(tendency(0.3, 'trend'), 'đứng');
});

test('what is still missing to the next level is told when the comparison does not tell it', () => {
  assert.equal(ahead(7.23, inForce(LEVELS, NOW)), 'còn 0,77 m đến BĐ3');
  assert.equal(ahead(7.9, inForce(LEVELS, NOW)), null, 'nearest is already the next');
  assert.equal(ahead(8.4, inForce(LEVELS, NOW)), null, 'nothing is above');
});
