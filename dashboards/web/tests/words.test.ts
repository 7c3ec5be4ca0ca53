import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { levelWord } from '../src/lib/words';
import { settings } from '../src/state/settings.svelte';
import { alarm } from './samples';

beforeEach(() => (settings.lang = 'vi'));

test('a flood warning that rests on a fast rise alone names no alarm level', () => {
  const rise = alarm('thanh-hoa', 1, {}, 'water_level_rise').evidence;
  const stage = alarm('thanh-hoa', 1).evidence;
  assert.equal(levelWord('flood', 1, rise), 'Lũ lên nhanh, chưa đến báo động');
  assert.equal(levelWord('flood', 1, [...rise, ...stage]), 'Báo động 1');
  assert.equal(levelWord('flood', 2), 'Báo động 2');
});
