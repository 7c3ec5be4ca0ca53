/**
 * The readings behind one hydrograph: loaded for a range, then fed by the live stream. The stream tells the
 * newest reading only: of a backlog, a late value or a fast drill it leaves readings out, so a hole makes the
 * range load again, and it loads again now and then anyway.
 */

import { untrack } from 'svelte';

import { reason } from '../lib/refusal';
import { merge, type Point, sample, type Sample, sums, wholeHours } from '../lib/hydrograph';
import { type Extent, extent, type Range } from '../lib/range';
import { DAY, HOUR, MINUTE, rfc3339, span } from '../lib/time';
import { all } from '../state/api';
import { clock } from '../state/clock.svelte';
import { link } from '../state/link.svelte';
import type { Latest, Reading, Series, Station } from '../types';

/** Up to this many readings come as measured; beyond, the server thins them and keeps the extremes. */
const AS_MEASURED = 6_000;
/** A hole longer than so many reporting intervals is a gap. */
export const GAP_INTERVALS = 2.5;
/** From here on a hole in what the stream tells may be filled in the store. */
const HOLE_INTERVALS = 1.5;
/** Least time between two loads, and most, real ms. */
const LEAST = 4_000;
const MOST = 120_000;

/** Thinned to about so many; the server keeps at most five of each stretch. */
const POINTS = 3_000;
const PER_STRETCH = 5;
/** Rain up to this length is followed as measured; beyond, the server sums it up. */
const RAIN_AS_MEASURED = 7 * DAY;
/** The mean of a basin is known as running sums only: longer than this it would be too much to load. */
const BASIN_RAIN = 31 * DAY;

/** Where the rain above a hydrograph comes from; `too_long` = a basin has it, but not for so long a range. */
export type RainSource = 'own' | 'basin' | 'none' | 'too_long';

/** What a chart tells of. */
export interface Told {
  readonly stage: Sample[];
  readonly rainSource: RainSource;
  readonly failure: string | null;
  readonly loading: boolean;
  readonly gap: number;
  readonly thinned: boolean;
  readonly extent: Extent;
  readonly step: number;
  bars(): Point[];
  /** What came later than the instant that is looked at. */
  readonly later?: Sample[];
}

export class History implements Told {
  stage = $state.raw<Sample[]>([]);
  rain = $state.raw<Sample[]>([]);
  rainSource = $state<RainSource>('none');
  failure = $state<string | null>(null);
  loading = $state(true);
  /** A hole longer than this breaks the line, ms. */
  readonly gap: number;
  /** The server left readings out, but no peak. */
  readonly thinned: boolean;
  private readonly interval: number;
  private readonly length: number;
  private stageSeries: number | null = null;
  private rainSeries: number | null = null;
  private closed = false;
  private loadedAt = -Infinity;
  private holed = false;

  constructor(
    private readonly station: Station,
    private readonly range: Range,
  ) {
    this.interval = span(station.interval, 10 * MINUTE);
    const { from, to } = this.extent;
    this.length = to - from;
    this.thinned = this.length / this.interval > AS_MEASURED;
    const stretch = this.thinned ? (PER_STRETCH * this.length) / POINTS : 0;
    this.gap = GAP_INTERVALS * this.interval + stretch;
  }

  /** Where it lies now. */
  get extent(): Extent {
    return extent(this.range, untrack(() => clock.now));
  }

  /** Loads and follows; returns what stops it. */
  start(): () => void {
    const stop = link.listen((items) => this.add(items));
    const timer = setInterval(() => this.follow(), 1_000);
    void this.load();
    return () => {
      this.closed = true;
      clearInterval(timer);
      stop();
    };
  }

  /** One rain bar covers this long. */
  get step(): number {
    return barLength(this.length);
  }

  /** Rain as one bar per step. */
  bars(): Point[] {
    return barsOf(this.rain, this.rainSource, this.step);
  }

  private follow(): void {
    const waited = performance.now() - this.loadedAt;
    if (this.loading || waited < LEAST) return;
    if (!this.extent.live && this.failure === null) return;
    if (this.holed || this.failure !== null || waited > MOST) void this.load();
  }

  private async load(): Promise<void> {
    this.loading = true;
    this.holed = false;
    this.loadedAt = performance.now();
    try {
      const own = await all<Series>(`/series?station=${encodeURIComponent(this.station.id)}`);
      const stage = pick(own, 'water_level');
      const { rain, source } = await rainOf(this.station, own, this.length);
      const summed = source === 'own' && this.step > HOUR ? `every=${this.step / HOUR}h` : 'limit=5000';
      const asMeasured = this.thinned ? `points=${POINTS}` : 'limit=5000';
      const [stageItems, rainItems] = await Promise.all([this.readings(stage, asMeasured), this.readings(rain, summed)]);
      if (this.closed) return;
      this.stageSeries = stage?.id ?? null;
      this.rainSeries = rain?.id ?? null;
      this.rainSource = source;
      // What came live while this was loading is newer than it.
      const later = (known: Sample[], items: Sample[]): Sample[] => known.filter((one) => one.at > (items[items.length - 1]?.at ?? -Infinity));
      this.stage = merge(stageItems, this.thinned ? later(this.stage, stageItems) : this.stage);
      this.rain = merge(rainItems, this.step > HOUR && source === 'own' ? [] : this.rain);
      this.failure = null;
    } catch (error) {
      this.failure = reason(error);
    }
    this.loading = false;
  }

  private async readings(series: Series | null, how: string): Promise<Sample[]> {
    if (!series) return [];
    const { from, to, live } = this.extent;
    const end = live ? '' : `&to=${encodeURIComponent(rfc3339(to))}`;
    const items = await all<Reading>(`/series/${series.id}/readings?from=${encodeURIComponent(rfc3339(from))}${end}&${how}`);
    return items.map(sample);
  }

  private add(items: Latest[]): void {
    if (!this.extent.live) return;
    const of = (series: number | null): Sample[] =>
      series === null ? [] : items.filter((one) => one.series === series).map(sample).sort((a, b) => a.at - b.at);
    const stage = of(this.stageSeries);
    const rain = of(this.rainSeries);
    const last = this.stage[this.stage.length - 1];
    if (last && stage.some((one) => one.at - last.at > HOLE_INTERVALS * this.interval)) this.holed = true;
    if (stage.length > 0) this.stage = merge(this.stage, stage);
    if (rain.length > 0 && (this.step === HOUR || this.rainSource === 'basin')) this.rain = merge(this.rain, rain);
  }
}

/** How much one rain bar covers in a chart of that length. */
export function barLength(length: number): number {
  return length <= RAIN_AS_MEASURED ? HOUR : length <= BASIN_RAIN ? 6 * HOUR : DAY;
}

/** Rain as one bar per step. */
export function barsOf(rain: Sample[], source: RainSource, step: number): Point[] {
  if (source === 'own' && step === HOUR) return sums(rain, HOUR);
  if (source === 'own') return rain.flatMap((one) => (one.value === null ? [] : [{ at: one.at, value: one.value }]));
  const hours = wholeHours(rain);
  return step === HOUR ? hours : sums(hours.map((one) => ({ ...one, flag: 1 })), step);
}

/** Where the rain of a station's chart comes from. */
export async function rainOf(station: Station, own: Series[], length: number): Promise<{ rain: Series | null; source: RainSource }> {
  const rain = pick(own, 'rain');
  if (rain) return { rain, source: 'own' };
  if (!station.basin) return { rain: null, source: 'none' };
  const basin = await all<Series>(`/series?station=${encodeURIComponent(station.basin)}`);
  const mean = pick(basin, 'basin_rain_1h');
  if (mean && length > BASIN_RAIN) return { rain: null, source: 'too_long' };
  return { rain: mean, source: mean ? 'basin' : 'none' };
}

/** The series of a parameter: of the sensor that is shown. */
export function pick(series: Series[], parameter: string): Series | null {
  const found = series.filter((one) => one.parameter === parameter);
  return found.find((one) => one.shown) ?? found[0] ?? null;
}

/** The history of a station in a range, followed as long as the component lives. */
export function follow(station: () => Station, range: () => Range): { readonly current: History | null } {
  let history = $state.raw<History | null>(null);
  // Keyed by what it loads: health updates make new station objects and must not load the chart again.
  const id = $derived(station().id);
  $effect(() => {
    void id;
    const made = new History(untrack(station), range());
    history = made;
    return untrack(() => made.start());
  });
  return {
    get current(): History | null {
      return history;
    },
  };
}
