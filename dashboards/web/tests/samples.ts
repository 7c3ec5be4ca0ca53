/** The smallest stations, values and alarms that the tests need. */

import type { AlarmRecord, Latest, StageLevel, Station } from '../src/types';

export const NOW = Date.parse('2025-11-19T03:00:00+07:00');
export const MINUTE = 60_000;

export const ago = (minutes: number): string => new Date(NOW - minutes * MINUTE).toISOString();

export const LEVELS: StageLevel[] = [
  { level: 3, name: 'BĐ3', value: 8, source: '' },
  { level: 1, name: 'BĐ1', value: 6, source: '' },
  { level: 2, name: 'BĐ2', value: 7, source: '' },
];

export function station(id: string, more: Partial<Station> = {}): Station {
  return {
    id,
    name: id,
    river: 'kon',
    river_name: 'sông Kôn',
    basin: null,
    basin_name: null,
    lat: null,
    lon: null,
    downstream: null,
    parameters: ['water_level'],
    interval: '10min',
    silent_after: '45min',
    levels: LEVELS,
    records: [],
    health: null,
    alarms: [],
    ...more,
  };
}

export function latest(parameter: string, value: number | null, minutes = 0, flag = 1): Latest {
  return {
    series: 1,
    station: 'x',
    parameter,
    sensor: 'main',
    shown: true,
    unit: 'm',
    observed_at: ago(minutes),
    value,
    flag,
    failed: [],
    completeness: 100,
    late: false,
    origin: 'station',
  };
}

export const known = (...items: Latest[]): Map<string, Latest> => new Map(items.map((one) => [one.parameter, one]));

export function alarm(target: string, level: number, more: Partial<AlarmRecord> = {}, parameter = 'water_level'): AlarmRecord {
  return {
    rule: 'flood-stage',
    target,
    episode: 'song-kon',
    state: level > 0 ? { state: 'level', level } : { state: 'normal' },
    provisional: false,
    since: ago(60),
    blind: false,
    evidence: [
      {
        station: target,
        parameter,
        sensor: 'main',
        observed_at: ago(60),
        value: 1,
        flag: 'good',
        completeness: 100,
        threshold: null,
        threshold_name: null,
        source: null,
      },
    ],
    ...more,
  };
}
