import assert from 'node:assert/strict';
import { test } from 'node:test';

import { diff } from '../src/lib/diff';

const SIGNS = { same: ' ', gone: '-', new: '+' };
const told = (old: string, now: string): string[] =>
  diff(old, now, 1).map((hunk) => hunk.map((line) => `${SIGNS[line.kind]}${line.n} ${line.text}`).join('|'));

test('only what differs is shown, with what stands around it', () => {
  assert.deepEqual(told('a\nb', 'a\nb'), []);
  assert.deepEqual(told('a\nb\nc\nd', 'a\nb\nx\nd'), [' 2 b|-3 c|+3 x| 4 d']);
  assert.deepEqual(told('1\n2\n3\n4\n5\n6\n7\n8', '0\n1\n2\n3\n4\n5\n6\n8'), ['+1 0| 2 1', ' 7 6|-7 7| 8 8']);
  assert.deepEqual(told('', 'a'), ['-1 |+1 a']);
});

test('two texts that have nothing in common are still compared', () => {
  const long = (word: string): string => Array.from({ length: 2_500 }, (_, i) => `${word} ${i}`).join('\n');
  assert.equal(diff(long('a'), long('b')).flat().length, 5_000);
});
