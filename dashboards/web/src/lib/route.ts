/** Addresses of the page: stable, so that a link in a message still works in years. */

import { DEFAULT_SPEED, readStamp, type Speed, SPEEDS, stamp } from './past';
import { isRange, type Range } from './range';
import { rfc3339 } from './time';

export type Route =
  /** `id` is the station whose hydrograph the duty desk shows; null = the worst. */
  | { page: 'board'; id: string | null; range: Range }
  | { page: 'station'; id: string; range: Range }
  | { page: 'rain'; sort: string | null }
  | { page: 'wind'; range: Range }
  | { page: 'health' }
  | { page: 'wall' }
  | { page: 'rivers' }
  | { page: 'warnings' }
  | { page: 'warning'; id: string }
  /** `station` and the others name the series whose readings are judged, `from` and `to` (RFC 3339) the stretch. */
  | { page: 'review'; station: string | null; parameter: string | null; sensor: string | null; from: string | null; to: string | null; range: Range }
  | { page: 'duty'; range: Range }
  | { page: 'set-aside' }
  | PastRoute
  | { page: 'admin'; tab: AdminTab }
  /** `at` = as it was known then; null = now. */
  | { page: 'bulletin'; at: number | null };

/** A past night: its two ends, the instant looked at, the chosen station, how fast it is played. */
export interface PastRoute {
  page: 'past';
  from: number | null;
  to: number | null;
  at: number | null;
  id: string | null;
  speed: Speed;
  /** What came later is shown too, faint. */
  compare: boolean;
}

/** Tabs of the administration, by their address. */
const ADMIN_TABS = { users: 'nguoi-dung', stations: 'tram', recipients: 'nguoi-nhan', rules: 'quy-tac', files: 'tep', log: 'nhat-ky' } as const;
export type AdminTab = keyof typeof ADMIN_TABS;
export const adminTabs = Object.keys(ADMIN_TABS) as AdminTab[];

export const DEFAULT_RANGE: Range = '3d';
/** A wind rose tells of the day. */
export const DEFAULT_WIND_RANGE: Range = '24h';

function rangeOf(query: URLSearchParams, otherwise: Range): Range {
  const asked = query.get('khoang') ?? '';
  return isRange(asked) ? asked : otherwise;
}

/** `2025-11-19T02:00` in Viet Nam; null = it is none. */
function minuteOf(text: string): number | null {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}:00+07:00`) : NaN;
  return Number.isNaN(at) ? null : at;
}

/** Unknown addresses lead to the board. */
export function parse(address: string): Route {
  const [path = '', search = ''] = address.replace(/^\//, '').split('?');
  const query = new URLSearchParams(search);
  const [first, second] = path.split('/').map(decodeSafely);
  if (first === 'tram' && second) return { page: 'station', id: second, range: rangeOf(query, DEFAULT_RANGE) };
  if (first === 'mua') return { page: 'rain', sort: query.get('xep') };
  if (first === 'gio') return { page: 'wind', range: rangeOf(query, DEFAULT_WIND_RANGE) };
  if (first === 'suc-khoe') return { page: 'health' };
  if (first === 'man-hinh') return { page: 'wall' };
  if (first === 'so-do') return { page: 'rivers' };
  if (first === 'canh-bao') return second ? { page: 'warning', id: second } : { page: 'warnings' };
  if (first === 'kiem-dinh') {
    const said = (key: string): string | null => query.get(key) || null;
    const series = { station: said('tram'), parameter: said('yeu-to'), sensor: said('cam-bien') };
    return { page: 'review', ...series, from: said('tu'), to: said('den'), range: rangeOf(query, DEFAULT_RANGE) };
  }
  if (first === 'so-truc') return { page: 'duty', range: rangeOf(query, DEFAULT_RANGE) };
  if (first === 'de-rieng') return { page: 'set-aside' };
  if (first === 'lich-su') return past(query);
  if (first === 'quan-tri') return { page: 'admin', tab: adminTabs.find((tab) => ADMIN_TABS[tab] === second) ?? 'users' };
  if (first === 'bao-cao') return { page: 'bulletin', at: minuteOf(query.get('luc') ?? '') };
  return { page: 'board', id: query.get('tram') || null, range: rangeOf(query, DEFAULT_RANGE) };
}

function past(query: URLSearchParams): PastRoute {
  const speed = SPEEDS.find((one) => String(one / 60) === query.get('toc-do')) ?? DEFAULT_SPEED;
  const [from, to, at] = ['tu', 'den', 'luc'].map((key) => readStamp(query.get(key)));
  return { page: 'past', from: from ?? null, to: to ?? null, at: at ?? null, id: query.get('tram') || null, speed, compare: query.get('so-voi') === 'nay' };
}

/** What stood in the fragment before addresses had paths: `#/tram/van-canh` is `/tram/van-canh`; null = it is none. */
export function fromFragment(hash: string): string | null {
  return hash.startsWith('#/') ? hash.slice(1) : null;
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withQuery(path: string, query: Record<string, string | null>): string {
  const words = Object.entries(query).flatMap(([key, value]) => (value === null ? [] : [`${key}=${encodeURIComponent(value)}`]));
  return words.length === 0 ? path : `${path}?${words.join('&')}`;
}

export function href(route: Route): string {
  switch (route.page) {
    case 'board':
      return withQuery('/', { tram: route.id, khoang: route.range === DEFAULT_RANGE ? null : route.range });
    case 'station':
      return withQuery(`/tram/${encodeURIComponent(route.id)}`, { khoang: route.range === DEFAULT_RANGE ? null : route.range });
    case 'rain':
      return withQuery('/mua', { xep: route.sort });
    case 'wind':
      return withQuery('/gio', { khoang: route.range === DEFAULT_WIND_RANGE ? null : route.range });
    case 'health':
      return '/suc-khoe';
    case 'wall':
      return '/man-hinh';
    case 'rivers':
      return '/so-do';
    case 'warnings':
      return '/canh-bao';
    case 'warning':
      return `/canh-bao/${encodeURIComponent(route.id)}`;
    case 'duty':
      return withQuery('/so-truc', { khoang: route.range === DEFAULT_RANGE ? null : route.range });
    case 'set-aside':
      return '/de-rieng';
    case 'review': {
      const series = { tram: route.station, 'yeu-to': route.parameter, 'cam-bien': route.sensor };
      return withQuery('/kiem-dinh', { ...series, tu: route.from, den: route.to, khoang: route.range === DEFAULT_RANGE ? null : route.range });
    }
    case 'past': {
      const instant = (at: number | null): string | null => (at === null ? null : stamp(at));
      const speed = route.speed === DEFAULT_SPEED ? null : String(route.speed / 60);
      const [tu, den, luc] = [instant(route.from), instant(route.to), instant(route.at)];
      return withQuery('/lich-su', { tu, den, luc, tram: route.id, 'toc-do': speed, 'so-voi': route.compare ? 'nay' : null });
    }
    case 'admin':
      return `/quan-tri/${ADMIN_TABS[route.tab]}`;
    case 'bulletin':
      return withQuery('/bao-cao', { luc: route.at === null ? null : rfc3339(route.at).slice(0, 16) });
  }
}
