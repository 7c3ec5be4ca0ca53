/**
 * The readings behind one hydrograph: loaded for a range, then fed by the live stream. The stream tells the
 * newest reading only: of a backlog, a late value or a fast drill it leaves readings out, so a hole makes the
 * range load again, and it loads again now and then anyway.
 */

import { reason } from '../lib/refusal';
import { merge, type Point, sample, type Sample, sums, wholeHours } from '../lib/hydrograph';
import { DAY, HOUR, MINUTE, rfc3339, span } from '../lib/time';
import { all } from '../state/api';
import { link } from '../state/link.svelte';
import type { Latest, Reading, Series, Station } from '../types';

/** Up to this many readings come as measured; beyond, the server thins them and keeps the extremes. */
const AS_MEASURED = 6_000;
/** A hole longer than so many reporting intervals is a gap. */
const GAP_INTERVALS = 2.5;
/** From here on a hole in what the stream tells may be filled in the store. */
const HOLE_INTERVALS = 1.5;
/** Least time between two loads, and most, real ms. */
const LEAST = 4_000;
const MOST = 120_000;

/** Where the rain above a hydrograph comes from. */
export type RainSource = 'own' | 'basin' | 'none';

export class History {
  stage = $state.raw<Sample[]>([]);
  rain = $state.raw<Sample[]>([]);
  rainSource = $state<RainSource>('none');
  failure = $state<string | null>(null);
  loading = $state(true);
  /** A hole longer than this breaks the line, ms. */
  readonly gap: number;
  private readonly interval: number;
  private stageSeries: number | null = null;
  private rainSeries: number | null = null;
  private closed = false;
  private loadedAt = -Infinity;
  private holed = false;

  constructor(
    private readonly station: Station,
    private readonly reachMs: number,
    private readonly now: () => number,
  ) {
    this.interval = span(station.interval, 10 * MINUTE);
    const thinned = reachMs / this.interval > AS_MEASURED ? (4 * reachMs) / AS_MEASURED : 0;
    this.gap = Math.max(GAP_INTERVALS * this.interval, thinned);
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
    return this.reachMs > 7 * DAY ? 6 * HOUR : HOUR;
  }

  /** Rain as one bar per step. */
  bars(): Point[] {
    if (this.rainSource === 'own') return sums(this.rain, this.step);
    const hours = wholeHours(this.rain);
    return this.step === HOUR ? hours : sums(hours.map((one) => ({ ...one, flag: 1 })), this.step);
  }

  private follow(): void {
    const waited = performance.now() - this.loadedAt;
    if (this.loading || waited < LEAST) return;
    if (this.holed || this.failure !== null || waited > MOST) void this.load();
  }

  private async load(): Promise<void> {
    this.loading = true;
    this.holed = false;
    this.loadedAt = performance.now();
    try {
      const own = await all<Series>(`/series?station=${encodeURIComponent(this.station.id)}`);
      const stage = pick(own, 'water_level');
      const { rain, source } = await this.rainOf(own);
      const [stageItems, rainItems] = await Promise.all([this.readings(stage, true), this.readings(rain, false)]);
      if (this.closed) return;
      this.stageSeries = stage?.id ?? null;
      this.rainSeries = rain?.id ?? null;
      this.rainSource = source;
      this.stage = merge(stageItems, this.stage);
      this.rain = merge(rainItems, this.rain);
      this.failure = null;
    } catch (error) {
      this.failure = reason(error);
    }
    this.loading = false;
  }

  private async rainOf(own: Series[]): Promise<{ rain: Series | null; source: RainSource }> {
    const rain = pick(own, 'rain');
    if (rain) return { rain, source: 'own' };
    if (!this.station.basin) return { rain: null, source: 'none' };
    const basin = await all<Series>(`/series?station=${encodeURIComponent(this.station.basin)}`);
    const mean = pick(basin, 'basin_rain_1h');
    return { rain: mean, source: mean ? 'basin' : 'none' };
  }

  private async readings(series: Series | null, mayThin: boolean): Promise<Sample[]> {
    if (!series) return [];
    const from = encodeURIComponent(rfc3339(this.now() - this.reachMs));
    const many = this.reachMs / span(this.station.interval, 10 * MINUTE) > AS_MEASURED;
    const how = mayThin && many ? `points=${AS_MEASURED / 2}` : 'limit=1000';
    const items = await all<Reading>(`/series/${series.id}/readings?from=${from}&${how}`);
    return items.map(sample);
  }

  private add(items: Latest[]): void {
    const of = (series: number | null): Sample[] =>
      series === null ? [] : items.filter((one) => one.series === series).map(sample).sort((a, b) => a.at - b.at);
    const stage = of(this.stageSeries);
    const rain = of(this.rainSeries);
    const last = this.stage[this.stage.length - 1];
    if (last && stage.some((one) => one.at - last.at > HOLE_INTERVALS * this.interval)) this.holed = true;
    if (stage.length > 0) this.stage = merge(this.stage, stage);
    if (rain.length > 0) this.rain = merge(this.rain, rain);
  }
}

/** The series of a parameter: the main sensor's, else the first. */
function pick(series: Series[], parameter: string): Series | null {
  const found = series.filter((one) => one.parameter === parameter);
  return found.find((one) => one.sensor === 'main') ?? found[0] ?? null;
}
