/** Where a click on a station leads: on the duty desk of a wide screen its hydrograph stands beside the list. */

import type { Range } from '../lib/range';
import { DEFAULT_RANGE, href } from '../lib/route';
import { address } from './address.svelte';

const wide = matchMedia('(min-width: 900px)');
let wideNow = $state(wide.matches);
wide.addEventListener?.('change', (event) => (wideNow = event.matches));

/** Whether there is room for a hydrograph beside the list. */
export const layout = {
  get wide(): boolean {
    return wideNow;
  },
};

export function stationHref(id: string, range: Range = DEFAULT_RANGE): string {
  const beside = wideNow && address.route.page === 'board';
  return href(beside ? { page: 'board', id, range } : { page: 'station', id, range });
}
