import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sides, type Spot } from '../src/lib/labels';

const spot = (id: string, x: number, y: number, must = false): Spot => ({ id, x, y, width: 60, must });
const found = (...spots: Spot[]): string[] => [...sides(spots).values()];

test('a name stands to the right, to the left where another symbol is, and nowhere between two', () => {
  assert.deepEqual(found(spot('a', 0, 0)), ['right']);
  assert.deepEqual(found(spot('a', 0, 0), spot('b', 40, 0)), ['left', 'right']);
  assert.deepEqual(found(spot('a', 0, 0), spot('b', 40, 0), spot('c', 20, 12)), ['left', 'right', 'none']);
});

test('who comes first has the first choice', () => {
  const two = [spot('worse', 0, 0), spot('better', 0, 15)];
  assert.equal(sides(two).get('worse'), 'right');
  assert.equal(sides(two).get('better'), 'left');
});

test('the name of a station in alarm is never dropped', () => {
  assert.deepEqual(found(spot('a', 0, 0), spot('b', 40, 0), spot('c', 20, 12, true))[2], 'right');
});
