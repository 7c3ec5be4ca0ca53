/** Addresses of the page, in the fragment: stable, so that a link in a message still works in years. */

export const RANGES = ['24h', '3d', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

export type Route =
  | { page: 'board'; range: Range }
  | { page: 'station'; id: string; range: Range }
  | { page: 'rivers' }
  | { page: 'warnings' }
  | { page: 'warning'; id: string }
  | { page: 'set-aside' };

const DEFAULT_RANGE: Range = '3d';

function rangeOf(query: string): Range {
  const asked = new URLSearchParams(query).get('khoang');
  return RANGES.find((range) => range === asked) ?? DEFAULT_RANGE;
}

/** Unknown addresses lead to the board. */
export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [first, second] = path.split('/').map(decodeSafely);
  if (first === 'tram' && second) return { page: 'station', id: second, range: rangeOf(query) };
  if (first === 'so-do') return { page: 'rivers' };
  if (first === 'canh-bao') return second ? { page: 'warning', id: second } : { page: 'warnings' };
  if (first === 'de-rieng') return { page: 'set-aside' };
  return { page: 'board', range: rangeOf(query) };
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const tail = (range: Range): string => (range === DEFAULT_RANGE ? '' : `?khoang=${range}`);

export function href(route: Route): string {
  switch (route.page) {
    case 'board':
      return `#/${tail(route.range)}`;
    case 'station':
      return `#/tram/${encodeURIComponent(route.id)}${tail(route.range)}`;
    case 'rivers':
      return '#/so-do';
    case 'warnings':
      return '#/canh-bao';
    case 'warning':
      return `#/canh-bao/${encodeURIComponent(route.id)}`;
    case 'set-aside':
      return '#/de-rieng';
  }
}

/** How far back a range looks, ms. */
export function reach(range: Range): number {
  const days = { '24h': 1, '3d': 3, '7d': 7, '30d': 30 }[range];
  return days * 86_400_000;
}
