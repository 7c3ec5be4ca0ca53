/** Forecasts as sentences, as what the chart draws, and as people type them. Pure: time comes in as data. */

import { number, t } from '../i18n';
import type { Forecast, ForecastPoint, StageLevel } from '../types';
import type { Traces } from './hydrograph';
import { HISTORIC, reached } from './standing';
import { DAY, dayMoment, HOUR, rfc3339, shortMoment, ticks } from './time';

export interface DrawnPoint {
  at: number;
  value: number;
  low: number | null;
  high: number | null;
}

export interface DrawnForecast {
  points: DrawnPoint[];
  /** Old or over: drawn faintly. */
  faint: boolean;
  /** Not saved yet. */
  preview: boolean;
  label: string;
}

export const drawnPoint = (one: ForecastPoint): DrawnPoint => ({ at: Date.parse(one.at), value: one.value, low: one.low, high: one.high });

/** A forecaster's word counts before a bare model's, then the newer one; stale ones only when there is nothing else. */
export function leading(forecasts: readonly Forecast[]): Forecast | null {
  const rank = (one: Forecast): number => (one.stale === null ? 2 : 0) + (one.refined ? 1 : 0);
  return [...forecasts].sort((a, b) => rank(b) - rank(a) || Date.parse(b.issued_at) - Date.parse(a.issued_at))[0] ?? null;
}

/** `Dự báo của Đài KTTV, phát lúc 03:00 19/11, tự động, chưa hiệu chỉnh` */
export function label(one: Forecast): string {
  const parts = [t('forecast.label', { source: one.source, at: dayMoment(Date.parse(one.issued_at)) })];
  if (!one.refined) parts.push(t('forecast.automatic'));
  if (one.stale) parts.push(t(`forecast.${one.stale}`));
  return parts.join(', ');
}

/** The part of the model sentence that looks ahead: `dự báo đỉnh 8,55 m lúc 09:00`. Nothing of a stale one. */
export function outlook(one: Forecast | null, now: number): string[] {
  if (!one) return [];
  if (one.stale) return [t(one.stale === 'past' ? 'forecast.say_past' : 'forecast.say_old')];
  const last = one.points[one.points.length - 1];
  const turning = one.shape === 'falling' ? last : one.peak;
  const parts: string[] = [];
  if (turning && one.shape && Date.parse(turning.at) > now) {
    parts.push(t(`forecast.say_${one.shape}`, { value: number(turning.value, 2), at: shortMoment(Date.parse(turning.at), now) }));
  }
  const next = nextCrossing(one, now);
  if (next) parts.push(t('forecast.say_reaches', { name: next.name, at: shortMoment(Date.parse(next.at), now) }));
  return parts;
}

interface Crossed {
  name: string;
  level: number;
  at: string;
}

/** The first level that is reached later than now. */
function nextCrossing(one: Forecast, now: number): Crossed | null {
  const coming = one.crossings.filter((crossing) => Date.parse(crossing.at) > now);
  return coming.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0] ?? null;
}

/** The highest báo động level above the present one that will be reached, for lists: `BĐ3 lúc 04:30`. */
export function climbs(one: Forecast | null, value: number | null, levels: StageLevel[], now: number): string | null {
  if (!one || one.stale || value === null) return null;
  const present = reached(value, levels) ?? 0;
  const ahead = one.crossings.filter((c) => c.level > present && c.level < HISTORIC && Date.parse(c.at) > now);
  const highest = ahead[ahead.length - 1];
  return highest ? t('forecast.list', { name: highest.name, at: shortMoment(Date.parse(highest.at), now) }) : null;
}

/** How far right of now the chart goes: two days, one when it shows a day, no further than the forecasts. */
export function horizon(drawn: readonly DrawnForecast[], from: number, now: number): number {
  const most = now - from <= DAY ? DAY : 2 * DAY;
  const last = Math.max(now, ...drawn.flatMap((one) => one.points.map((point) => point.at)));
  return last <= now ? now : Math.min(now + most, last + 2 * HOUR);
}

/** Line and rain with the first forecast beside them, all on one time axis. */
export function withForecast(traces: Traces, drawn: readonly DrawnForecast[]): Traces & { ahead: (number | undefined)[] } {
  const points = new Map((drawn[0]?.points ?? []).map((point) => [point.at, point.value]));
  const place = new Map(traces.at.map((at, i) => [at, i]));
  const at = [...new Set([...traces.at, ...points.keys()])].sort((a, b) => a - b);
  const of = <T>(list: T[], t: number): T | undefined => {
    const i = place.get(t);
    return i === undefined ? undefined : list[i];
  };
  return { ...traces, at, line: at.map((t) => of(traces.line, t)), rain: at.map((t) => of(traces.rain, t)), ahead: at.map((t) => points.get(t)) };
}

/** What is typed in one row of the form; all as text, as it stands in the fields. */
export interface Typed {
  at: number;
  value: string;
  low: string;
  high: string;
}

/** Hours that bulletins print, 01, 07, 13 and 19 o'clock, after that instant. */
export function hours(after: number, count: number): number[] {
  return ticks(after + 1 - HOUR, after + (count + 1) * 6 * HOUR, 6 * HOUR)
    .map((at) => at + HOUR)
    .filter((at) => at > after)
    .slice(0, count);
}

export const emptyRows = (after: number, count: number): Typed[] => hours(after, count).map((at) => ({ at, value: '', low: '', high: '' }));

/** `8,55` or `8.55`; null = nothing stands there, NaN = no number. */
export function typedNumber(text: string): number | null {
  const trimmed = text.trim().replace('−', '-');
  if (trimmed === '') return null;
  return /^-?\d+([.,]\d+)?$/.test(trimmed) ? Number(trimmed.replace(',', '.')) : NaN;
}

/** `03:05 19/11`, `03:05 19/11/2025` or `19/11/2025 03:05`, nearest to `near` when the year is left out; null = none. */
export function typedMoment(text: string, near: number): number | null {
  const trimmed = text.trim();
  const clockFirst = /^(\d{1,2})[:h](\d{2})?\s+(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?$/i.exec(trimmed);
  const dateFirst = /^(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?\s+(\d{1,2})[:h](\d{2})?$/i.exec(trimmed);
  const [hour, minute, day, month, year] = clockFirst
    ? [clockFirst[1], clockFirst[2], clockFirst[3], clockFirst[4], clockFirst[5]]
    : dateFirst
      ? [dateFirst[4], dateFirst[5], dateFirst[1], dateFirst[2], dateFirst[3]]
      : [];
  if (hour === undefined || day === undefined || month === undefined) return null;
  const two = (one: string): string => one.padStart(2, '0');
  const of = (y: number): number => Date.parse(`${y}-${two(month)}-${two(day)}T${two(hour)}:${two(minute ?? '00')}:00+07:00`);
  const here = Number(rfc3339(near).slice(0, 4));
  const years = year ? [Number(year)] : [here - 1, here, here + 1];
  const found = years.map(of).filter((at) => !Number.isNaN(at) && rfc3339(at).slice(8, 10) === two(day));
  return found.sort((a, b) => Math.abs(a - near) - Math.abs(b - near))[0] ?? null;
}

/**
 * Rows copied from a table: a value, or value, low and high, or the same behind a time; cells apart by tabs or
 * semicolons. Rows without a time follow `from` at bulletin hours. null = something is no number.
 */
export function pasted(text: string, from: number): Typed[] | null {
  const lines = text.split(/\r?\n/).map((line) => line.split(/[\t;]/).map((cell) => cell.trim())).filter((cells) => cells.some((cell) => cell !== ''));
  const free = hours(from, lines.length);
  const rows = lines.map((cells, i): Typed | null => {
    const at = typedMoment(cells[0] ?? '', from);
    const [value = '', low = '', high = ''] = at === null ? cells : cells.slice(1);
    const fits = [value, low, high].every((cell) => !Number.isNaN(typedNumber(cell) ?? 0));
    return fits && typedNumber(value) !== null ? { at: at ?? free[i] ?? from, value, low, high } : null;
  });
  return rows.length === 0 || rows.includes(null) ? null : (rows as Typed[]);
}

/** What is wrong with the first bad row, in words; null = nothing. Rows without a value are left out. */
export function typedFault(rows: readonly Typed[]): string | null {
  const used = rows.filter((row) => row.value.trim() !== '' || row.low.trim() !== '' || row.high.trim() !== '');
  if (used.length === 0) return t('forecast.none_typed');
  for (const row of used) {
    const at = dayMoment(row.at);
    const [value, low, high] = [row.value, row.low, row.high].map(typedNumber);
    if ([value, low, high].some(Number.isNaN)) return t('forecast.no_number', { at });
    if (value == null) return t('forecast.no_value', { at });
    if ((low == null) !== (high == null)) return t('forecast.half_band', { at });
    if (low != null && high != null && !(low <= value && value <= high)) return t('forecast.outside_band', { at });
  }
  return null;
}

/** The typed rows as points, in order; rows without a usable value are left out. */
export function typedPoints(rows: readonly Typed[]): DrawnPoint[] {
  const points = rows.flatMap((row): DrawnPoint[] => {
    const [value = null, low = null, high = null] = [row.value, row.low, row.high].map(typedNumber);
    const bounded = low !== null && high !== null && !Number.isNaN(low) && !Number.isNaN(high);
    return value === null || Number.isNaN(value) ? [] : [{ at: row.at, value, low: bounded ? low : null, high: bounded ? high : null }];
  });
  return points.sort((a, b) => a.at - b.at);
}

/** What is sent: points with their instants as text. */
export const sent = (points: readonly DrawnPoint[]): ForecastPoint[] => points.map((one) => ({ ...one, at: rfc3339(one.at) }));

/** `Đài KTTV · 03:00 19/11` for a list of issues. */
export const issueName = (one: Forecast): string => `${one.source} · ${dayMoment(Date.parse(one.issued_at))}`;

