import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changes, copy, fault, faulty, length, sameText } from '../src/lib/draft';
import type { Draft } from '../src/types';

const text = { headline: 'Lũ sông Kôn', description: 'Thạnh Hòa: 8,21 m', instruction: 'Sơ tán' };
const draft: Draft = {
  number: 1,
  kind: 'issue',
  level: 2,
  provisional: false,
  late: false,
  drafted_at: '2025-11-19T02:00:00+07:00',
  auto_at: null,
  text: { vi: text, en: { ...text, headline: 'Flood' } },
  evidence: [],
};

test('what changed in a draft is named, and what did not is not', () => {
  assert.deepEqual(changes(draft, { ...draft, number: 2, drafted_at: 'later' }), []);
  const now: Draft = { ...draft, level: 3, kind: 'update', provisional: true, text: copy(draft.text) };
  now.text.en.description = 'Thanh Hoa: 8.30 m';
  assert.deepEqual(changes(draft, now), [
    { what: 'kind' },
    { what: 'level' },
    { what: 'sureness' },
    { what: 'text', lang: 'en', field: 'description' },
  ]);
});

test('an edited text has the limits of the server, counted in characters', () => {
  assert.equal(length('ệ😀'), 2);
  assert.equal(fault('headline', 'ệ'.repeat(140)), null);
  assert.equal(fault('headline', '😀'.repeat(141)), 'long');
  assert.equal(fault('description', ' \n'), 'empty');
  assert.equal(fault('instruction', ''), null);
  const edited = copy(draft.text);
  assert.equal(faulty(edited), false);
  edited.en.headline = '';
  assert.equal(faulty(edited), true);
});

test('a copy is edited without touching the draft, and an edit taken back is none', () => {
  const edited = copy(draft.text);
  edited.vi.headline += '!';
  assert.equal(draft.text.vi.headline, 'Lũ sông Kôn');
  assert.equal(sameText(edited, draft.text), false);
  edited.vi.headline = 'Lũ sông Kôn';
  assert.equal(sameText(edited, draft.text), true);
});
