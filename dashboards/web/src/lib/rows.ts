/** One station as a line of the list: what it shows and how urgent it is. Pure: time comes in as data. */

import type { AlarmRecord, Condition, Latest, StageLevel, Station } from '../types';
import { type Comparison, inForce, nearest, reached, toNext } from './standing';
import { MINUTE, span } from './time';

export type LatestOf = Map<string, Latest>;

export interface Row {
  station: Station;
  /** The newest value, when there is any. */
  latest: Latest | null;
  observedAt: number | null;
  /** Which sensor is shown, when it is not the main one. */
  sensor: string | null;
  /** A value that may be compared: good, not evaluated or suspect. */
  value: number | null;
  /** 0 below BĐ1 … 4 above the historic maximum; null = there are no levels or nothing is known. */
  level: number | null;
  levels: StageLevel[];
  compare: Comparison | null;
  toNext: number;
  /** cm/h */
  rate: number | null;
  ageMs: number;
  stale: boolean;
  blind: boolean;
  provisional: boolean;
  conditions: Condition[];
}

/** What the row is about: the alarms of this station on this parameter (or group of parameters). */
function alarmsOn(alarms: AlarmRecord[], station: string, about: (parameter: string) => boolean): AlarmRecord[] {
  return alarms.filter(
    (alarm) =>
      alarm.target === station && alarm.evidence.length > 0 && alarm.evidence.every((one) => about(one.parameter)),
  );
}

/** The alarm with the highest level among those, if any stands. */
export function highestAlarm(
  alarms: AlarmRecord[],
  station: string,
  about: (parameter: string) => boolean,
): AlarmRecord | null {
  const level = (alarm: AlarmRecord): number => (alarm.state.state === 'level' ? alarm.state.level : 0);
  const standing = alarmsOn(alarms, station, about).filter((alarm) => level(alarm) > 0);
  return standing.sort((a, b) => level(b) - level(a))[0] ?? null;
}

/** A value that counts: bad (4) and missing (9) ones do not. */
export function usable(latest: Latest | undefined): number | null {
  return latest && latest.value !== null && latest.flag < 4 ? latest.value : null;
}

function conditionsOf(station: Station): Condition[] {
  return (station.health?.conditions ?? []).map(([condition]) => condition);
}

/** How old a value may be: what the station declares, and at a drill's speed the seconds a page needs. */
export function tolerance(station: Pick<Station, 'silent_after'>, speed: number): number {
  return span(station.silent_after, 45 * MINUTE) + 5_000 * (speed > 1 ? speed : 0);
}

/** The line of a river station. */
export function riverRow(
  station: Station,
  latest: LatestOf,
  alarms: AlarmRecord[],
  now: number,
  speed: number,
): Row {
  const stage = latest.get('water_level') ?? null;
  const observedAt = stage ? Date.parse(stage.observed_at) : null;
  const value = usable(stage ?? undefined);
  const levels = inForce(station.levels, observedAt ?? now);
  const alarm = highestAlarm(alarms, station.id, (parameter) => parameter === 'water_level');
  const raised = alarm?.state.state === 'level' ? alarm.state.level : null;
  const shown = value === null ? null : reached(value, levels);
  // Up fast, down slow: the alarm may stand above what the value alone says, and it wins.
  const level = raised === null ? shown : Math.max(raised, shown ?? 0);
  const conditions = conditionsOf(station);
  const ageMs = observedAt === null ? Infinity : now - observedAt;
  const stale = conditions.includes('silent') || ageMs > tolerance(station, speed);
  const rise = latest.get('water_level_rise');
  return {
    station,
    latest: stage,
    observedAt,
    value,
    level,
    levels,
    compare: value === null ? null : nearest(value, levels),
    toNext: toNext(value, levels),
    sensor: stage && stage.sensor !== 'main' ? stage.sensor : null,
    // A rate is of that reading, and of none that is too old to go by.
    rate: !stale && rise && stage && rise.observed_at >= stage.observed_at ? usable(rise) : null,
    ageMs,
    stale,
    blind: alarm?.blind ?? false,
    provisional: alarm?.provisional ?? (stage?.flag === 3 && (shown ?? 0) > 0),
    conditions,
  };
}

/** Worst first: level, then distance to the next level, then rate of rise, then staleness. */
export function worstFirst(a: Row, b: Row): number {
  const bySize = (x: number, y: number): number => (x === y ? 0 : x < y ? -1 : 1);
  return (
    bySize(b.level ?? -1, a.level ?? -1) ||
    bySize(a.toNext, b.toNext) ||
    bySize(b.rate ?? 0, a.rate ?? 0) ||
    bySize(b.ageMs, a.ageMs) ||
    a.station.name.localeCompare(b.station.name, 'vi')
  );
}

/** Rising or falling less than this in an hour is steady, cm. */
const STEADY = 1;
/** From here the arrow doubles, cm/h: the first step of the rate-of-rise rule. */
const FAST = 30;

export type Trend = 'fast_rise' | 'rise' | 'steady' | 'fall' | 'fast_fall' | 'unknown';

export function trend(rate: number | null): Trend {
  if (rate === null) return 'unknown';
  if (Math.abs(rate) < STEADY) return 'steady';
  if (rate > 0) return rate >= FAST ? 'fast_rise' : 'rise';
  return rate <= -FAST ? 'fast_fall' : 'fall';
}
