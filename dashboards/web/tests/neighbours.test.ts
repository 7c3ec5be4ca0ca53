import assert from 'node:assert/strict';
import { test } from 'node:test';

import { neighbours } from '../src/lib/neighbours';
import { station } from './samples';

test('upstream is who flows here, downstream where this flows; nobody is their own neighbour', () => {
  const all = [
    station('b', { downstream: 'm' }),
    station('a', { downstream: 'm' }),
    station('m', { downstream: 'sea' }),
    station('sea', { downstream: 'sea' }),
  ];
  const ids = (id: string): unknown => {
    const found = neighbours(all.find((one) => one.id === id) ?? station('?'), all);
    return [found.upstream.map((one) => one.id), found.downstream?.id ?? null];
  };
  assert.deepEqual(ids('m'), [['a', 'b'], 'sea']);
  assert.deepEqual(ids('a'), [[], 'm']);
  assert.deepEqual(ids('sea'), [['m'], null]);
});

test('a downstream station that nobody knows is none', () => {
  const lost = station('x', { downstream: 'gone' });
  assert.equal(neighbours(lost, [lost]).downstream, null);
});
