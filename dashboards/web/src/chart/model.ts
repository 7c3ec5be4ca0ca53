/** Everything one drawing of the hydrograph needs. */

import type { DrawnForecast } from '../lib/forecast';
import type { Point, Traces } from '../lib/hydrograph';
import type { StageLevel } from '../types';

export interface Model {
  /** `ahead` = the first forecast on the same axis of time. */
  traces: Traces & { ahead: (number | undefined)[] };
  /** The leading one first. */
  forecasts: DrawnForecast[];
  levels: StageLevel[];
  record: { value: number; label: string } | null;
  from: number;
  to: number;
  now: number;
  stage: [number, number];
  /** Top of the rain axis, mm; null = no rain is drawn. */
  rainTop: number | null;
  /** One rain bar covers (end − step, end]. */
  step: number;
  bars: Point[];
  /** Values that were replaced, under those that hold now. */
  replaced?: Point[];
  /** A stretch that is chosen. */
  chosen?: { from: number; to: number } | null;
  words: { now: string; metre: (value: number) => string; level: string; rain: string; ahead: string };
  /** What came later than the instant looked at, drawn faint; `null` breaks the line. */
  later?: { at: number; value: number | null }[];
}

export interface Colours {
  ink: string;
  faint: string;
  grid: string;
  paper: string;
  line: string;
  rain: string;
  future: string;
  ahead: string;
  band: string;
  levels: string[];
  record: string;
  bad: string;
  chosen: string;
}

/** Colours come from the style sheet, so that both themes have one home. */
export function colours(of: Element): Colours {
  const style = getComputedStyle(of);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read('ink'),
    faint: read('faint'),
    grid: read('grid'),
    paper: read('panel'),
    line: read('stage'),
    rain: read('rain'),
    future: read('future'),
    ahead: read('ahead'),
    band: read('ahead-band'),
    levels: [read('line-1'), read('line-1'), read('line-2'), read('line-3'), read('record')],
    record: read('record'),
    bad: read('bad'),
    chosen: read('chosen'),
  };
}

/** Rain takes the upper third: the axis is as long as three times the wettest bar, at least 30 mm. */
export function rainTop(bars: Point[]): number | null {
  const most = bars.reduce((top, bar) => Math.max(top, bar.value), 0);
  return bars.length === 0 ? null : Math.max(30, Math.ceil((most * 3) / 10) * 10);
}
