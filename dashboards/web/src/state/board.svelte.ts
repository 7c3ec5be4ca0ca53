/** What the page knows: stations, newest values, alarms, warnings, the server's own state. */

import { reason } from '../lib/refusal';
import type { LatestOf } from '../lib/rows';
import type { About, AlarmRecord, Latest, Parameter, Station, StationHealth, Status, Warning } from '../types';
import { all, get } from './api';
import { clock } from './clock.svelte';

const NOTHING: LatestOf = new Map();

/** What is known of an instant. */
export class Board {
  about = $state.raw<About | null>(null);
  stations = $state.raw<Station[]>([]);
  parameters = $state.raw<Map<string, Parameter>>(new Map());
  alarms = $state.raw<AlarmRecord[]>([]);
  warnings = $state.raw<Warning[]>([]);
  status = $state.raw<Status | null>(null);
  loaded = $state(false);
  /** Why the last load failed; null = it did not. */
  failure = $state<string | null>(null);
  /** Counts flushes, so that views know that `latest` changed. */
  private version = $state(0);
  private latest = new Map<string, LatestOf>();

  /** Newest observation among everything shown, ms. */
  newest = $state(0);

  latestOf(station: string): LatestOf {
    void this.version;
    return this.latest.get(station) ?? NOTHING;
  }

  station(id: string): Station | undefined {
    return this.stations.find((station) => station.id === id);
  }

  /** The name of a station or basin. */
  place(id: string): string {
    return this.station(id)?.name ?? this.stations.find((one) => one.basin === id)?.basin_name ?? id;
  }

  async load(): Promise<void> {
    try {
      // All at once: on a slow link each turn is a sixth of a second.
      const [about, stations, latest, warnings, alarms, status, parameters] = await Promise.all([
        this.glance(),
        all<Station>('/stations'),
        all<Latest>('/latest'),
        all<Warning>('/warnings?open=true'),
        all<AlarmRecord>('/alarms'),
        get<Status>('/status'),
        all<Parameter>('/parameters'),
      ]);
      this.about = about;
      this.show({ stations, latest, alarms, warnings });
      this.parameters = new Map(parameters.map((one) => [one.id, one]));
      this.status = status;
      if (about.drill) await this.glance();
      this.loaded = true;
      this.failure = null;
    } catch (error) {
      this.failure = reason(error);
    }
  }

  /** Shows this, and nothing of what was shown before. */
  show({ stations, latest, alarms, warnings }: { stations: Station[]; latest: Latest[]; alarms: AlarmRecord[]; warnings: Warning[] }): void {
    this.stations = stations;
    this.alarms = alarms;
    this.warnings = warnings;
    this.latest.clear();
    this.version += 1;
    this.addReadings(latest);
  }

  /** Asks what the server is, and looks at its clock by the way. */
  private async glance(): Promise<About> {
    const about = await get<About>('/about');
    clock.set(about.now, about.drill?.speed ?? 1);
    return about;
  }

  async loadStatus(): Promise<void> {
    this.status = await get<Status>('/status').catch(() => this.status);
  }

  /** Newest value per station and parameter, a new map for each station that said something; the server says which sensor is shown. */
  addReadings(items: Latest[]): void {
    const touched = new Map<string, LatestOf>();
    for (const item of items) {
      const of = touched.get(item.station) ?? new Map(this.latest.get(item.station) ?? NOTHING);
      touched.set(item.station, of);
      const known = of.get(item.parameter);
      const same = known?.sensor === item.sensor;
      if (!item.shown) {
        if (same) of.delete(item.parameter);
      } else if (!known || !same || known.observed_at <= item.observed_at) of.set(item.parameter, item);
      if (item.origin !== 'derived') this.newest = Math.max(this.newest, Date.parse(item.observed_at));
    }
    touched.forEach((of, station) => this.latest.set(station, of));
    if (items.length > 0) this.version += 1;
  }

  addAlarms(items: AlarmRecord[]): void {
    const key = (one: AlarmRecord): string => `${one.rule} ${one.target}`;
    const news = new Map(items.map((one) => [key(one), one]));
    this.alarms = [...this.alarms.filter((one) => !news.has(key(one))), ...news.values()];
  }

  addWarnings(items: Warning[]): void {
    const news = new Map(items.map((one) => [one.id, one]));
    const open = (one: Warning): boolean => one.draft !== null || one.state === 'draft' || one.state === 'issued';
    this.warnings = [...this.warnings.filter((one) => !news.has(one.id)), ...news.values()].filter(open);
  }

  addHealth(items: StationHealth[]): void {
    const news = new Map(items.map((one) => [one.station, one]));
    // Who has no news stays the same object, so that its line is not made again.
    this.stations = this.stations.map((one) => {
      const health = news.get(one.id);
      return health ? { ...one, health } : one;
    });
  }

  /** What waits for a person, most urgent first; at the same level water before rain. */
  get waiting(): Warning[] {
    const drafts = this.warnings.filter((one) => one.draft !== null);
    const water = (one: Warning): number => (one.hazard === 'flood' ? 0 : 1);
    return drafts.sort(
      (a, b) => (b.draft?.level ?? 0) - (a.draft?.level ?? 0) || water(a) - water(b) || a.onset.localeCompare(b.onset),
    );
  }

  /** Of which a message is out, also while an update waits. */
  get issued(): Warning[] {
    const out = this.warnings.filter((one) => one.state === 'issued');
    return out.sort((a, b) => b.level - a.level || b.changed_at.localeCompare(a.changed_at));
  }
}

export const board = new Board();
