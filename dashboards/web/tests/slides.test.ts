import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chunks } from '../src/lib/slides';

const list = (count: number) => ({ id: `r${count}`, name: `r${count}`, rows: Array.from({ length: count }, (_, i) => i) });

test('what fits stays whole, what is long is cut into equal parts that say so, what is empty has no slide', () => {
  const found = chunks([list(3), list(0), list(5), list(9)], 4);
  assert.deepEqual(found.map((one) => [one.id, one.part, one.rows.length]), [
    ['r3', '', 3],
    ['r5', '1/2', 3],
    ['r5', '2/2', 2],
    ['r9', '1/3', 3],
    ['r9', '2/3', 3],
    ['r9', '3/3', 3],
  ]);
  assert.deepEqual(found.filter((one) => one.id === 'r9').flatMap((one) => one.rows), list(9).rows);
});
