/** The lists of the board, made from what is known now, or was known then. */

import { highestAlarm, type LatestOf, riverRow, type Row, usable, worstFirst } from '../lib/rows';
import type { AlarmRecord, Latest, Station } from '../types';
import { type Board, board } from './board.svelte';
import { clock } from './clock.svelte';

export interface RainRow {
  station: Station;
  hour: Latest | null;
  day: Latest | null;
  alarm: AlarmRecord | null;
}

export interface WindRow {
  station: Station;
  speed: Latest | null;
  direction: Latest | null;
  force: number | null;
  gustForce: number | null;
  alarm: AlarmRecord | null;
}

const isRiver = (station: Station): boolean => station.parameters.includes('water_level');
const isRain = (station: Station): boolean => station.parameters.some((one) => one === 'rain' || one === 'rain_counter');
const isWind = (station: Station): boolean => station.parameters.includes('wind_speed');
const level = (alarm: AlarmRecord | null): number => (alarm?.state.state === 'level' ? alarm.state.level : 0);

const NONE: AlarmRecord[] = [];

/** What a line is made from; while none of it changes the line stays the same object and is not drawn again. */
type Parts = readonly [Station, LatestOf, AlarmRecord[], number, number];

export class Rows {
  private readonly made = new Map<string, { parts: Parts; row: Row }>();

  constructor(
    private readonly board: Board,
    private readonly clock: { readonly slow: number; readonly speed: number },
  ) {}

  private riverOf(...parts: Parts): Row {
    const known = this.made.get(parts[0].id);
    if (known && known.parts.every((one, i) => one === parts[i])) return known.row;
    const row = riverRow(...parts);
    this.made.set(parts[0].id, { parts, row });
    return row;
  }

  /** Alarms by the station they are about. */
  private readonly alarms = $derived.by(() => {
    const out = new Map<string, AlarmRecord[]>();
    for (const one of this.board.alarms) out.set(one.target, [...(out.get(one.target) ?? NONE), one]);
    return out;
  });

  private of(station: string): AlarmRecord[] {
    return this.alarms.get(station) ?? NONE;
  }

  rivers: Row[] = $derived.by(() =>
    this.board.stations
      .filter(isRiver)
      .map((station) => this.riverOf(station, this.board.latestOf(station.id), this.of(station.id), this.clock.slow, this.clock.speed))
      .sort(worstFirst),
  );
  private readonly byId = $derived(new Map(this.rivers.map((row) => [row.station.id, row])));

  rain: RainRow[] = $derived.by(() => {
    const rows = this.board.stations.filter(isRain).map((station) => {
      const latest = this.board.latestOf(station.id);
      const alarm = highestAlarm(this.of(station.id), station.id, (parameter) => parameter.startsWith('rain'));
      return { station, hour: latest.get('rain_1h') ?? null, day: latest.get('rain_24h') ?? null, alarm };
    });
    const wet = (row: RainRow): number => (usable(row.day ?? undefined) ?? -1) + (usable(row.hour ?? undefined) ?? 0) / 1e3;
    return rows.sort((a, b) => level(b.alarm) - level(a.alarm) || wet(b) - wet(a));
  });

  wind: WindRow[] = $derived.by(() => {
    const rows = this.board.stations.filter(isWind).map((station) => {
      const latest = this.board.latestOf(station.id);
      return {
        station,
        speed: latest.get('wind_speed') ?? null,
        direction: latest.get('wind_direction') ?? null,
        force: usable(latest.get('wind_force')),
        gustForce: usable(latest.get('gust_force')),
        alarm: highestAlarm(this.of(station.id), station.id, (one) => one.startsWith('wind') || one.startsWith('gust')),
      };
    });
    return rows.sort((a, b) => (b.force ?? -1) - (a.force ?? -1) || (b.gustForce ?? -1) - (a.gustForce ?? -1));
  });

  row(station: string): Row | undefined {
    return this.byId.get(station);
  }
}

export const rows = new Rows(board, clock);
