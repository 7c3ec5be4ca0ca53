/** Direction and force of a stretch of time, of every station that measures both; followed live. */

import { type Sample, merge, sample } from '../lib/hydrograph';
import { extent, type Range } from '../lib/range';
import { reason } from '../lib/refusal';
import { type Rose, rose, together } from '../lib/rose';
import { rfc3339 } from '../lib/time';
import type { Latest, Reading, Series } from '../types';
import { all } from './api';
import { clock } from './clock.svelte';
import { link } from './link.svelte';

const PARAMETERS = ['wind_direction', 'wind_force', 'gust_force'] as const;
type Parameter = (typeof PARAMETERS)[number];
/** Everything is loaded again this often, ms. */
const AGAIN = 300_000;
const NOTHING: Sample[] = [];

export class Winds {
  failure = $state<string | null>(null);
  loaded = $state(false);
  private version = $state(0);
  private readonly series = new Map<number, string>();
  private readonly samples = new Map<string, Sample[]>();
  private closed = false;

  /** Of every station, or of one. */
  constructor(
    private readonly range: Range,
    private readonly station: string | null = null,
  ) {}

  start(): () => void {
    const stop = link.listen((items) => this.add(items));
    const timer = setInterval(() => void this.load(), AGAIN);
    void this.load();
    return () => {
      this.closed = true;
      clearInterval(timer);
      stop();
    };
  }

  rose(station: string): Rose {
    return rose(together(this.of(station, 'wind_direction'), this.of(station, 'wind_force')));
  }

  /** The strongest gust. */
  strongest(station: string): { at: number; force: number } | null {
    let best: { at: number; force: number } | null = null;
    for (const one of this.of(station, 'gust_force')) {
      if (one.value !== null && one.flag < 4 && (best === null || one.value > best.force)) best = { at: one.at, force: one.value };
    }
    return best;
  }

  private of(station: string, parameter: Parameter): Sample[] {
    void this.version;
    const from = extent(this.range, clock.slow).from;
    return (this.samples.get(`${station} ${parameter}`) ?? NOTHING).filter((one) => one.at > from);
  }

  private async load(): Promise<void> {
    try {
      const own = this.station === null ? '' : `&station=${encodeURIComponent(this.station)}`;
      const lists = await Promise.all(PARAMETERS.map((one) => all<Series>(`/series?parameter=${one}${own}`)));
      const { from, to, live } = extent(this.range, clock.now);
      const query = `from=${encodeURIComponent(rfc3339(from))}${live ? '' : `&to=${encodeURIComponent(rfc3339(to))}`}&limit=5000`;
      await Promise.all(
        lists.flat().map(async (one) => {
          const items = await all<Reading>(`/series/${one.id}/readings?${query}`);
          const key = `${one.station} ${one.parameter}`;
          this.series.set(one.id, key);
          this.samples.set(key, merge(items.map(sample), this.samples.get(key) ?? []));
        }),
      );
      if (this.closed) return;
      this.failure = null;
      this.loaded = true;
    } catch (error) {
      this.failure = reason(error);
    }
    this.version += 1;
  }

  private add(items: Latest[]): void {
    for (const one of items) {
      const key = this.series.get(one.series);
      if (key === undefined) continue;
      this.samples.set(key, merge(this.samples.get(key) ?? [], [sample(one)]));
      this.version += 1;
    }
  }
}
