/** Who measures the same water before and after a station. */

import type { Station } from '../types';

export interface Neighbours {
  /** By name; a river may have several sources. */
  upstream: Station[];
  downstream: Station | null;
}

export function neighbours(station: Station, all: Station[]): Neighbours {
  const upstream = all.filter((one) => one.downstream === station.id && one.id !== station.id);
  return {
    upstream: upstream.sort((a, b) => a.name.localeCompare(b.name, 'vi')),
    downstream: all.find((one) => one.id === station.downstream && one.id !== station.id) ?? null,
  };
}
