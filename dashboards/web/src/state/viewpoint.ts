/** From when the lists, the rivers and the chart are seen: now, or from an instant of the past. */

import { getContext, setContext } from 'svelte';

import type { Range } from '../lib/range';
import { type Board, board } from './board.svelte';
import { stationHref } from './choice.svelte';
import { clock } from './clock.svelte';
import { type Forecasts, forecasts } from './forecasts.svelte';
import { type Rows, rows } from './rows.svelte';

export interface Viewpoint {
  readonly board: Board;
  readonly rows: Rows;
  readonly forecasts: Forecasts;
  readonly clock: { readonly now: number; readonly slow: number; readonly speed: number };
  /** Where a click on a station leads. */
  readonly stationHref: (id: string, range: Range) => string;
  /** Nothing here is of now. */
  readonly past: boolean;
}

const PRESENT: Viewpoint = { board, rows, forecasts, clock, stationHref, past: false };
const KEY = 'viewpoint';

/** From when a part is seen; for the beginning of a component. */
export const viewpoint = (): Viewpoint => getContext<Viewpoint | undefined>(KEY) ?? PRESENT;

/** Everything inside this component is seen from there. */
export const lookFrom = (place: Viewpoint): Viewpoint => setContext(KEY, place);
