/** The model sentence of a river station, also the chart's accessible name. */

import { number, t } from '../i18n';
import type { Forecast, StageLevel } from '../types';
import { outlook } from './forecast';
import { type Comparison, nearest, nextLevel } from './standing';
import { type Row, trend } from './rows';
import { HOUR, shortMoment } from './time';

/** `trên BĐ3 0,21 m` */
export function comparison(compare: Comparison): string {
  const diff = number(Math.abs(compare.diff), 2);
  if (Math.abs(compare.diff) < 0.005) return t('compare.equal', { name: compare.name });
  return t(compare.diff > 0 ? 'compare.above' : 'compare.below', { name: compare.name, diff });
}

/** `còn 0,77 m đến BĐ3`; null when the comparison says it already, or nothing is above. */
export function ahead(value: number, levels: StageLevel[]): string | null {
  const next = nextLevel(value, levels);
  if (!next || next.name === nearest(value, levels)?.name) return null;
  return t('compare.ahead', { name: next.name, diff: number(next.value - value, 2) });
}

/** `lên 12 cm/h`, short for lists or as part of a sentence. */
export function tendency(rate: number | null, style: 'trend' | 'say'): string {
  return t(`${style}.${trend(rate)}`, { rate: number(Math.abs(rate ?? 0), 0) });
}

/** A straight line into the future, for officers alone: no further than half a day, and never a time that is over. */
function straight({ value, observedAt, rate, levels }: Row, now: number): string | null {
  const next = value === null ? null : nextLevel(value, levels);
  if (!next || value === null || observedAt === null || trend(rate) === 'unknown' || (rate ?? 0) < 1) return null;
  const hours = ((next.value - value) * 100) / (rate ?? 1);
  const at = observedAt + hours * HOUR;
  return hours <= 12 && at > now ? t('say.straight', { name: next.name, at: shortMoment(at, now) }) : null;
}

/** `Thạnh Hòa, sông Kôn: 8,21 m lúc 03:00 — trên BĐ3 0,21 m — đang lên 12 cm/h — dự báo đỉnh 8,55 m lúc 09:00` */
export function sentence(row: Row, now: number, forecast: Forecast | null = null, officer = false): string {
  const { station, value, observedAt } = row;
  const who = station.river_name ? `${station.name}, ${station.river_name}` : station.name;
  if (value === null || observedAt === null) return `${who}: ${t('list.no_value')}`;
  const sensor = row.sensor ? ` (${row.sensor})` : '';
  const parts = [`${who}: ${number(value, 2)} m${sensor} ${t('say.at', { clock: shortMoment(observedAt, now) })}`];
  if (row.compare) parts.push(comparison(row.compare));
  parts.push(tendency(row.rate, 'say'));
  if (row.stale) parts.push(t('mark.stale'));
  const line = officer && (!forecast || forecast.stale) ? straight(row, now) : null;
  return [...parts, ...outlook(forecast, now), ...(line ? [line] : [])].join(' — ');
}
