/** The lists of the board, made from what is known now. */

import { highestAlarm, riverRow, type Row, usable, worstFirst } from '../lib/rows';
import type { AlarmRecord, Latest, Station } from '../types';
import { board } from './board.svelte';
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

class Rows {
  rivers: Row[] = $derived(
    board.stations
      .filter(isRiver)
      .map((station) => riverRow(station, board.latestOf(station.id), board.alarms, clock.now, clock.speed))
      .sort(worstFirst),
  );

  rain: RainRow[] = $derived.by(() => {
    const rows = board.stations.filter(isRain).map((station) => {
      const latest = board.latestOf(station.id);
      const alarm = highestAlarm(board.alarms, station.id, (parameter) => parameter.startsWith('rain'));
      return { station, hour: latest.get('rain_1h') ?? null, day: latest.get('rain_24h') ?? null, alarm };
    });
    const wet = (row: RainRow): number => (usable(row.day ?? undefined) ?? -1) + (usable(row.hour ?? undefined) ?? 0) / 1e3;
    return rows.sort((a, b) => level(b.alarm) - level(a.alarm) || wet(b) - wet(a));
  });

  wind: WindRow[] = $derived.by(() => {
    const rows = board.stations.filter(isWind).map((station) => {
      const latest = board.latestOf(station.id);
      return {
        station,
        speed: latest.get('wind_speed') ?? null,
        direction: latest.get('wind_direction') ?? null,
        force: usable(latest.get('wind_force')),
        gustForce: usable(latest.get('gust_force')),
        alarm: highestAlarm(board.alarms, station.id, (one) => one.startsWith('wind') || one.startsWith('gust')),
      };
    });
    return rows.sort((a, b) => (b.force ?? -1) - (a.force ?? -1) || (b.gustForce ?? -1) - (a.gustForce ?? -1));
  });

  row(station: string): Row | undefined {
    return this.rivers.find((row) => row.station.id === station);
  }
}

export const rows = new Rows();
