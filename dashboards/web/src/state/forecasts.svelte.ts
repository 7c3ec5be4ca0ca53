/** Current forecasts of every river station, and the one that somebody is typing. */

import { drawnPoint, type DrawnForecast, type DrawnPoint, label, leading } from '../lib/forecast';
import { reason } from '../lib/refusal';
import type { Forecast } from '../types';
import { all } from './api';

const NONE: Forecast[] = [];

export class Forecasts {
  private items = $state.raw<Forecast[]>([]);
  failure = $state<string | null>(null);
  /** Counts changes, so that lists of issues load again. */
  version = $state(0);
  /** What the form of a station holds, for its chart. */
  preview = $state.raw<{ station: string; points: DrawnPoint[]; label: string } | null>(null);
  private asked = 0;

  private readonly byStation = $derived.by(() => {
    const out = new Map<string, Forecast[]>();
    for (const one of this.items) out.set(one.station, [...(out.get(one.station) ?? NONE), one]);
    return out;
  });

  of(station: string): Forecast[] {
    return this.byStation.get(station) ?? NONE;
  }

  /** The one that sentences are made from. */
  best(station: string): Forecast | null {
    return leading(this.of(station));
  }

  /** As the chart of a station draws them, the leading one first. */
  drawn(station: string): DrawnForecast[] {
    const best = this.best(station);
    const rest = this.of(station).filter((one) => one !== best);
    const saved = (best ? [best, ...rest] : rest).map(
      (one): DrawnForecast => ({ points: one.points.map(drawnPoint), faint: one.stale !== null, preview: false, label: label(one) }),
    );
    const { preview } = this;
    if (preview?.station !== station || preview.points.length === 0) return saved;
    return [{ points: preview.points, faint: false, preview: true, label: preview.label }, ...saved.map((one) => ({ ...one, faint: true }))];
  }

  /** Those of another instant. */
  show(items: Forecast[]): void {
    this.items = items;
  }

  /** `changed` = the server said that something is different. */
  async load(changed = false): Promise<void> {
    if (changed) this.version += 1;
    this.asked += 1;
    const mine = this.asked;
    try {
      const items = await all<Forecast>('/forecasts?parameter=water_level');
      if (mine !== this.asked) return;
      this.items = items;
      this.failure = null;
    } catch (error) {
      if (mine === this.asked) this.failure = reason(error);
    }
  }
}

export const forecasts = new Forecasts();
