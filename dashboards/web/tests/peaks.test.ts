import assert from 'node:assert/strict';
import { test } from 'node:test';

import { peaksBefore, when } from '../src/lib/peaks';
import { NOW } from './samples';

const peak = (date: string, value: number): { when: string; value: number; source: string } => ({ when: date, value, source: '' });

test('dates of the past are printed as far as they are known', () => {
  assert.equal(when('2016-12-16'), '16/12/2016');
  assert.equal(when('2009-11'), '11/2009');
  assert.equal(when('2013'), '2013');
});

test('a replayed night does not know the peak that came with it or after it', () => {
  const all = [peak('2009-11', 7.17), peak('2025-11-19', 9), peak('2026', 9.5), peak('2025-11-18', 6.5), peak('2025', 9)];
  assert.deepEqual(peaksBefore(all, NOW).map((one) => one.when), ['2009-11', '2025-11-18']);
});

test('two sources for one flood are one line, the higher value first', () => {
  const [flood, ...more] = peaksBefore([peak('2009-11', 7.17), peak('2009-11', 7.33)], NOW);
  assert.deepEqual([flood?.value, flood?.others, more], [7.33, [7.17], []]);
});
