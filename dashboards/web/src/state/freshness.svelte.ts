/** How far the newest observation lies behind the server's clock. */

import { MINUTE } from '../lib/time';
import { board } from './board.svelte';
import { clock } from './clock.svelte';

/** Three missed reports of the usual ten minutes … */
const STALE = 30 * MINUTE;
/** … and in a fast drill as much as goes by while a page updates, real ms. */
const PAGE_DELAY = 10_000;

class Freshness {
  lag: number = $derived(Math.max(0, clock.now - board.newest));
  stale: boolean = $derived(board.loaded && board.newest > 0 && this.lag > Math.max(STALE, clock.speed > 1 ? PAGE_DELAY * clock.speed : 0));
}

export const freshness = new Freshness();
