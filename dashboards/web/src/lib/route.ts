/** Addresses of the page: stable, so that a link in a message still works in years. */

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
  | { page: 'set-aside' }
  /** `at` = as it was known then; null = now. */
  | { page: 'bulletin'; at: number | null };

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
  if (first === 'de-rieng') return { page: 'set-aside' };
  if (first === 'bao-cao') return { page: 'bulletin', at: minuteOf(query.get('luc') ?? '') };
  return { page: 'board', id: query.get('tram') || null, range: rangeOf(query, DEFAULT_RANGE) };
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
    case 'set-aside':
      return '/de-rieng';
    case 'bulletin':
      return withQuery('/bao-cao', { luc: route.at === null ? null : rfc3339(route.at).slice(0, 16) });
  }
}
