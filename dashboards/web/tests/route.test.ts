import assert from 'node:assert/strict';
import { test } from 'node:test';

import { href, parse, reach, type Route } from '../src/lib/route';

const ROUTES: Route[] = [
  { page: 'board', range: '3d' },
  { page: 'board', range: '24h' },
  { page: 'station', id: 'thanh-hoa', range: '3d' },
  { page: 'station', id: 'trạm/lạ?#', range: '30d' },
  { page: 'rivers' },
  { page: 'warnings' },
  { page: 'warning', id: 'song-kon-20251117t1630' },
  { page: 'set-aside' },
];

test('every address leads back to where it came from', () => {
  for (const route of ROUTES) assert.deepEqual(parse(href(route)), route);
});

test('addresses that are in old messages go on working', () => {
  assert.deepEqual(parse('#/tram/van-canh?khoang=7d'), { page: 'station', id: 'van-canh', range: '7d' });
  assert.deepEqual(parse('#/canh-bao/song-kon-20251117t1630'), { page: 'warning', id: 'song-kon-20251117t1630' });
  assert.deepEqual(parse('#/de-rieng'), { page: 'set-aside' });
  assert.deepEqual(parse('#/so-do'), { page: 'rivers' });
});

test('what nobody knows leads to the board, an unknown range to three days', () => {
  assert.deepEqual(parse(''), { page: 'board', range: '3d' });
  assert.deepEqual(parse('#/nowhere'), { page: 'board', range: '3d' });
  assert.deepEqual(parse('#/tram'), { page: 'board', range: '3d' });
  assert.deepEqual(parse('#/tram/x?khoang=5y'), { page: 'station', id: 'x', range: '3d' });
  assert.deepEqual(parse('#/tram/%E0%A4%A'), { page: 'station', id: '%E0%A4%A', range: '3d' });
});

test('a range reaches as far as it says', () => {
  assert.equal(reach('24h'), 86_400_000);
  assert.equal(reach('30d'), 30 * 86_400_000);
});
