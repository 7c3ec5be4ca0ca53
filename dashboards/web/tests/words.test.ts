import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { levelWord, noticeSubject, personName, technicalWord } from '../src/lib/words';
import { speak } from '../src/i18n';
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

test('the word that stands for a name is translated, a name is not', async () => {
  assert.equal(personName('staff'), 'người trực ban');
  assert.equal(personName('Trần Văn A (trucban)'), 'Trần Văn A (trucban)');
  await speak('en');
  assert.equal(personName('staff'), 'a duty officer');
});

test('a notice says of which draft or message it is', () => {
  assert.equal(noticeSubject('song-kon-20251117t1630.d9.dien-tap-truc-ban.email'), 'Bản nháp số 9');
  assert.equal(noticeSubject('song-kon-20251117t1630.m13.chi-huy.email-2'), 'Bản tin số 13');
  assert.equal(noticeSubject('of an older form'), '');
});

test('whatever contradicts a gauge, its evidence has a word, and what is measured has none', () => {
  const reasons = ['', '_fall', '_rise', '_still', '_sibling', '_neighbour', '_above', '_dry', '_marked', '_word'];
  for (const one of reasons) assert.equal(technicalWord(`implausible${one}`), 'trị số mâu thuẫn');
  assert.equal(technicalWord('maintenance_over'), 'hết thời gian bảo trì đã báo');
  assert.equal(technicalWord('water_level'), null);
});
