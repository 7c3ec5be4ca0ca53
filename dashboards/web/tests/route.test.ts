import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fromFragment, href, parse, type Route } from '../src/lib/route';

const ROUTES: [Route, string][] = [
  [{ page: 'board', id: null, range: '3d' }, '/'],
  [{ page: 'board', id: 'dieu-tri', range: '24h' }, '/?tram=dieu-tri&khoang=24h'],
  [{ page: 'station', id: 'thanh-hoa', range: '3d' }, '/tram/thanh-hoa'],
  [{ page: 'station', id: 'thanh-hoa', range: '2025-11-17..2025-11-19' }, '/tram/thanh-hoa?khoang=2025-11-17..2025-11-19'],
  [{ page: 'station', id: 'trạm/lạ?#', range: 'mua-lu' }, `/tram/${encodeURIComponent('trạm/lạ?#')}?khoang=mua-lu`],
  [{ page: 'rain', sort: null }, '/mua'],
  [{ page: 'rain', sort: '72h' }, '/mua?xep=72h'],
  [{ page: 'wind', range: '24h' }, '/gio'],
  [{ page: 'wind', range: '7d' }, '/gio?khoang=7d'],
  [{ page: 'health' }, '/suc-khoe'],
  [{ page: 'wall' }, '/man-hinh'],
  [{ page: 'rivers' }, '/so-do'],
  [{ page: 'warnings' }, '/canh-bao'],
  [{ page: 'warning', id: 'song-kon-20251117t1630' }, '/canh-bao/song-kon-20251117t1630'],
  [{ page: 'duty', range: '3d' }, '/so-truc'],
  [{ page: 'duty', range: '2025-11-17..2025-11-19' }, '/so-truc?khoang=2025-11-17..2025-11-19'],
  [{ page: 'set-aside' }, '/de-rieng'],
  [{ page: 'review', station: null, parameter: null, sensor: null, from: null, to: null, range: '3d' }, '/kiem-dinh'],
  [
    { page: 'review', station: 'thanh-hoa', parameter: 'water_level', sensor: 'main', from: '2025-11-19T01:10:00+07:00', to: '2025-11-19T01:20:00+07:00', range: '7d' },
    '/kiem-dinh?tram=thanh-hoa&yeu-to=water_level&cam-bien=main&tu=2025-11-19T01%3A10%3A00%2B07%3A00&den=2025-11-19T01%3A20%3A00%2B07%3A00&khoang=7d',
  ],
  [{ page: 'past', from: null, to: null, at: null, id: null, speed: 600, compare: false }, '/lich-su'],
  [
    { page: 'past', from: Date.parse('2025-11-18T12:00+07:00'), to: Date.parse('2025-11-19T12:00+07:00'), at: Date.parse('2025-11-19T02:15+07:00'), id: 'dieu-tri', speed: 3_600, compare: true },
    '/lich-su?tu=2025-11-18T12%3A00&den=2025-11-19T12%3A00&luc=2025-11-19T02%3A15&tram=dieu-tri&toc-do=60&so-voi=nay',
  ],
  [{ page: 'admin', tab: 'users' }, '/quan-tri/nguoi-dung'],
  [{ page: 'admin', tab: 'stations' }, '/quan-tri/tram'],
  [{ page: 'admin', tab: 'log' }, '/quan-tri/nhat-ky'],
  [{ page: 'bulletin', at: null }, '/bao-cao'],
  [{ page: 'bulletin', at: Date.parse('2025-11-19T02:00:00+07:00') }, `/bao-cao?luc=${encodeURIComponent('2025-11-19T02:00')}`],
];

test('every address is as it was published, and leads back to where it came from', () => {
  for (const [route, address] of ROUTES) {
    assert.equal(href(route), address);
    assert.deepEqual(parse(address), route);
  }
});

test('addresses that are in old messages go on working', () => {
  const old = (hash: string): Route => parse(fromFragment(hash) ?? '');
  assert.deepEqual(old('#/tram/van-canh?khoang=7d'), { page: 'station', id: 'van-canh', range: '7d' });
  assert.deepEqual(old('#/canh-bao/song-kon-20251117t1630'), { page: 'warning', id: 'song-kon-20251117t1630' });
  assert.equal(fromFragment('#main'), null);
});

test('what nobody knows leads to the board, an unknown range to three days', () => {
  for (const address of ['', '/', '/nowhere', '/tram', '/?tram=']) {
    assert.deepEqual(parse(address), { page: 'board', id: null, range: '3d' }, address);
  }
  for (const path of ['/quan-tri', '/quan-tri/khac']) assert.deepEqual(parse(path), { page: 'admin', tab: 'users' });
  for (const range of ['5y', '2025-11-19', '2025-11-19..2025-11-17', '1900-01-01..2025-01-01']) {
    assert.deepEqual(parse(`/tram/x?khoang=${range}`), { page: 'station', id: 'x', range: '3d' }, range);
  }
  assert.deepEqual(parse('/tram/%E0%A4%A'), { page: 'station', id: '%E0%A4%A', range: '3d' });
});
