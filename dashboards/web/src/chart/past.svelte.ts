/** The readings behind the hydrograph of a past night: only what was known at the instant looked at. */

import { sample, type Sample } from '../lib/hydrograph';
import { learnt, type Stretch } from '../lib/past';
import type { Extent } from '../lib/range';
import { reason } from '../lib/refusal';
import { MINUTE, rfc3339, span } from '../lib/time';
import { all } from '../state/api';
import type { Reading, Series, Station } from '../types';
import { barLength, barsOf, GAP_INTERVALS, pick, type RainSource, rainOf, type Told } from './history.svelte';

export class PastReadings implements Told {
  stage = $state.raw<Sample[]>([]);
  later = $state.raw<Sample[]>([]);
  rainSource = $state<RainSource>('none');
  failure = $state<string | null>(null);
  loading = $state(true);
  readonly thinned = false;
  readonly gap: number;
  readonly extent: Extent;
  readonly step: number;
  private rain = $state.raw<Sample[]>([]);
  private sources: { stage: Series | null; rain: Series | null } | null = null;
  private now: Sample[] | null = null;
  private wanted: { at: number; compare: boolean } | null = null;
  private asking = false;
  private closed = false;

  constructor(
    private readonly station: Station,
    stretch: Stretch,
  ) {
    this.gap = GAP_INTERVALS * span(station.interval, 10 * MINUTE);
    this.extent = { ...stretch, live: false };
    this.step = barLength(stretch.to - stretch.from);
  }

  bars(): ReturnType<typeof barsOf> {
    return barsOf(this.rain, this.rainSource, this.step);
  }

  stop(): void {
    this.closed = true;
  }

  /** Shows what was known at that instant; `compare` = with what came later. */
  show(at: number, compare: boolean): void {
    // What was observed later was not known, whatever the answer will be.
    if (this.stage.some((one) => one.at > at)) this.stage = this.stage.filter((one) => one.at <= at);
    if (this.rain.some((one) => one.at > at)) this.rain = this.rain.filter((one) => one.at <= at);
    this.wanted = { at, compare };
    if (!this.asking) void this.follow();
  }

  private async follow(): Promise<void> {
    this.asking = true;
    while (this.wanted && !this.closed) {
      const { at, compare } = this.wanted;
      this.wanted = null;
      try {
        await this.load(at, compare);
        this.failure = null;
      } catch (error) {
        this.failure = reason(error);
        [this.stage, this.rain, this.later] = [[], [], []];
      }
      this.loading = false;
    }
    this.asking = false;
  }

  private async load(at: number, compare: boolean): Promise<void> {
    const { stage, rain } = (this.sources ??= await this.find());
    const known = `&known_at=${encodeURIComponent(rfc3339(at))}`;
    const [stages, rains] = await Promise.all([this.readings(stage, known), this.readings(rain, known)]);
    if (compare) this.now ??= await this.readings(stage, '');
    if (this.closed) return;
    this.stage = stages;
    this.rain = rains;
    this.later = compare ? learnt(stages, this.now ?? []) : [];
  }

  private async find(): Promise<{ stage: Series | null; rain: Series | null }> {
    const own = await all<Series>(`/series?station=${encodeURIComponent(this.station.id)}`);
    const { rain, source } = await rainOf(this.station, own, this.extent.to - this.extent.from);
    this.rainSource = source;
    return { stage: pick(own, 'water_level'), rain };
  }

  private async readings(series: Series | null, known: string): Promise<Sample[]> {
    if (!series) return [];
    const { from, to } = this.extent;
    const path = `/series/${series.id}/readings?from=${encodeURIComponent(rfc3339(from))}&to=${encodeURIComponent(rfc3339(to))}&limit=20000`;
    return (await all<Reading>(path + known)).map(sample);
  }
}
