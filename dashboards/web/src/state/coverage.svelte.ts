/** What came in of every station in the last day or week: one question for each, a few at a time. */

import { type Bucket, type Cell, cells } from '../lib/coverage';
import { reason } from '../lib/refusal';
import { DAY, HOUR, rfc3339, startOfDay } from '../lib/time';
import type { Reading, Series, Station } from '../types';
import { all } from './api';
import { clock } from './clock.svelte';

/** What a station is there for, the most important first. */
const MAIN = ['water_level', 'rain', 'wind_speed'] as const;
/** Questions at the same time. */
const AT_ONCE = 4;

export type Reach = '24h' | '7d';

export class Coverage {
  failure = $state<string | null>(null);
  loading = $state(true);
  readonly step: number;
  private version = $state(0);
  private readonly buckets = new Map<string, Bucket[]>();
  private readonly length: number;
  private closed = false;

  constructor(reach: Reach) {
    this.length = reach === '24h' ? DAY : 7 * DAY;
    this.step = reach === '24h' ? HOUR : 6 * HOUR;
  }

  get from(): number {
    const start = clock.slow - this.length;
    const day = startOfDay(start);
    return day + Math.ceil((start - day) / this.step) * this.step;
  }

  /** null = not loaded, or it measures nothing of the kind. */
  cells(station: string): Cell[] | null {
    void this.version;
    const known = this.buckets.get(station);
    return known ? cells(known, this.from, clock.slow, this.step) : null;
  }

  stop(): void {
    this.closed = true;
  }

  /** In the order of the list, so that the worst is told first. */
  async load(stations: Station[]): Promise<void> {
    this.loading = true;
    try {
      const lists = await Promise.all(MAIN.map((one) => all<Series>(`/series?parameter=${one}`)));
      const wanted = stations.flatMap((station) => {
        const own = lists.flat().find((one) => one.station === station.id);
        return own ? [own] : [];
      });
      const worker = async (): Promise<void> => {
        for (let one = wanted.shift(); one !== undefined && !this.closed; one = wanted.shift()) await this.ask(one);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      this.failure = null;
    } catch (error) {
      this.failure = reason(error);
    }
    this.loading = false;
  }

  private async ask(series: Series): Promise<void> {
    const hours = this.step / HOUR;
    const path = `/series/${series.id}/readings?from=${encodeURIComponent(rfc3339(this.from))}&every=${hours}h`;
    const items = await all<Reading & { count: number }>(path);
    // Amounts are told by the end of their step.
    const shift = series.parameter === 'rain' ? this.step : 0;
    const told = items.map((one) => ({ from: Date.parse(one.observed_at) - shift, percent: one.completeness, count: one.count }));
    this.buckets.set(series.station, told);
    this.version += 1;
  }
}
