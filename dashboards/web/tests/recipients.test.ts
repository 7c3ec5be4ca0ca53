import assert from 'node:assert/strict';
import { test } from 'node:test';

import { entry, fieldOf, nobody } from '../src/lib/recipients';

test('what goes without saying is left out of the configuration', () => {
  const one = { ...nobody('actual'), id: ' a ', name: 'An' };
  assert.deepEqual(entry(one), {
    id: 'a', name: 'An', role: 'committee', language: null, channels: [{ kind: 'email', address: '' }], hazards: null, min_level: null, escalate_to: null, phone: null, phone_note: null, call_from_level: null,
  });
  const other = { ...one, language: 'en', hazards: ['flood'], min_level: 2, channels: [{ kind: 'cap' as const, address: 'left over' }] };
  assert.deepEqual([entry(other).language, entry(other).min_level, entry(other).channels], ['en', 2, [{ kind: 'cap' }]]);
});

test('a fault is shown at the field it speaks of', () => {
  const one = { list: 'actual' as const, id: 'bao-dai' };
  const cases: [string, string | null][] = [
    ['actual (bao-dai).channels[1].address', 'channels.1'],
    ['actual (bao-dai).escalate_to', 'escalate_to'],
    ['actual[7] (bao-dai)', ''],
    ['exercise (bao-dai).id', null],
    ['actual (other).id', null],
    ['actual', null],
  ];
  for (const [key, field] of cases) assert.equal(fieldOf(key, one), field, key);
});
