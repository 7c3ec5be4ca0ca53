/** What a bulletin says, from the numbers of the server: titles, sentences, comparisons. Pure. */

import type { Realm } from '../types';

export interface Against {
  name: string;
  level: number;
  value: number;
  difference: number | null;
}

export interface PastFlood {
  when: string;
  value: number;
  others: number[];
  difference: number | null;
}

export interface Stage {
  station: string;
  name: string;
  river: string | null;
  river_name: string | null;
  observed_at: string | null;
  value: number | null;
  /** Which sensor, when it is not the main one. */
  sensor: string | null;
  flag: number | null;
  level: number | null;
  nearest: Against | null;
  levels: Against[];
  rate: number | null;
  trend: 'fast_rise' | 'rise' | 'steady' | 'fall' | 'fast_fall' | null;
  peak: { value: number; observed_at: string } | null;
  floods: PastFlood[];
}

export interface Sum {
  value: number;
  observed_at: string;
  completeness: number;
  flag: number;
}

export interface Rain {
  id: string;
  name: string;
  basin_name: string | null;
  day: Sum | null;
  since_day: Sum | null;
  hours_24: Sum | null;
}

export interface Office {
  role: string;
  name_vi: string;
  name_en: string;
  above_vi: string | null;
  above_en: string | null;
  place: string | null;
  code: string | null;
  signer_vi: string | null;
  signer_en: string | null;
  missing: string[];
}

export interface InForce {
  id: string;
  number: number;
  hazard: string;
  level: number;
  provisional: boolean;
  late: boolean;
  sent_at: string;
  expires_at: string;
  headline_vi: string;
  headline_en: string;
  instruction_vi: string;
  instruction_en: string;
  areas: string[];
}

export interface Bulletin {
  at: string;
  realm: Realm;
  next_at: string | null;
  offices: Office[];
  rivers: { id: string; name: string; areas: string[] }[];
  stages: Stage[];
  day_from: string;
  day_to: string;
  rain: Rain[];
  basins: Rain[];
  warnings: InForce[];
  /** Ran out, neither renewed nor ended. */
  overdue: InForce[];
  /** Drafts that waited; null = one has to sign in to know. */
  waiting: number | null;
  incomplete: { before: string; reason: string } | null;
}

/**
 * Which kind of bulletin QĐ 18/2021/QĐ-TTg asks for: a warning of floods at BĐ1, a flood bulletin from BĐ2, an urgent one
 * from BĐ3. The person who signs may know more, so it is only proposed.
 */
export type Kind = 'calm' | 'warning' | 'flood' | 'urgent';

export function kindOf(stages: Stage[]): Kind {
  const highest = Math.max(0, ...stages.map((one) => one.level ?? 0));
  return (['calm', 'warning', 'flood', 'urgent'] as const)[Math.min(3, highest)] ?? 'calm';
}

/** `sông Kôn, sông Hà Thanh` as they stand in a title: `SÔNG KÔN, SÔNG HÀ THANH`. */
export function riversOf(stages: Stage[]): string[] {
  const names = stages.flatMap((one) => (one.river_name === null ? [] : [one.river_name]));
  return names.filter((name, i) => names.indexOf(name) === i);
}

/** The highest flood of the past of which all sources say the same: a bulletin does not toss a coin. */
export function surestFlood(stage: Stage): PastFlood | null {
  return stage.floods.find((one) => one.others.length === 0) ?? null;
}

/** Names of areas along the rivers of these stations and in these warnings, each once. */
export function areasOf(bulletin: Bulletin, stages: Stage[]): string[] {
  const rivers = new Set(stages.filter((one) => (one.level ?? 0) > 0).map((one) => one.river));
  const along = bulletin.rivers.filter((one) => rivers.has(one.id)).flatMap((one) => one.areas);
  const all = [...along, ...bulletin.warnings.flatMap((one) => one.areas)];
  return all.filter((name, i) => all.indexOf(name) === i);
}

/** Rain worth a line: a millimetre in either of the two sums that are printed. */
export function wet(rain: Rain[]): Rain[] {
  return rain.filter((one) => (one.day?.value ?? 0) >= 1 || (one.hours_24?.value ?? 0) >= 1);
}

/** `19/11/2025 02:00` or `02:00 19/11/2025` as an instant in Viet Nam; null = it is none. */
export function readInstant(text: string): number | null {
  const day = /(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})/.exec(text);
  const hour = /(?:^|\s)(\d{1,2})[:hH](\d{2})?/.exec(text);
  if (!day || !hour) return null;
  const two = (part: string | undefined): string => (part ?? '0').padStart(2, '0');
  const [hours, minutes] = [Number(hour[1]), Number(hour[2] ?? 0)];
  const [date, month] = [Number(day[1]), Number(day[2])];
  const at = Date.parse(`${day[3]}-${two(day[2])}-${two(day[1])}T${two(hour[1])}:${two(hour[2])}:00+07:00`);
  const real = hours < 24 && minutes < 60 && month >= 1 && month <= 12 && date <= new Date(Date.UTC(Number(day[3]), month, 0)).getUTCDate();
  return real && !Number.isNaN(at) ? at : null;
}

/** What people write into a bulletin. Kept in the browser. */
export interface Texts {
  office: string;
  above: string;
  number: string;
  code: string;
  place: string;
  title: string;
  outlook: string;
  risk: string;
  impacts: string;
  next: string;
  recipients: string;
  signer: string;
  name: string;
  /** Ids of stations that are left out. */
  without: string[];
  rain: boolean;
}

export const EMPTY: Texts = {
  office: '', above: '', number: '', code: '', place: '', title: '', outlook: '', risk: '', impacts: '', next: '', recipients: '', signer: '', name: '', without: [], rain: true,
};

/** What was kept, as far as it still has the shape of today. */
export function restore(text: string | null): Texts {
  let kept: unknown = null;
  try {
    kept = JSON.parse(text ?? 'null');
  } catch {
    return EMPTY;
  }
  if (typeof kept !== 'object' || kept === null) return EMPTY;
  const out: Record<string, unknown> = { ...EMPTY };
  for (const [key, value] of Object.entries(kept)) {
    const known = EMPTY[key as keyof Texts];
    if (Array.isArray(known) ? Array.isArray(value) && value.every((one) => typeof one === 'string') : known !== undefined && typeof known === typeof value) out[key] = value;
  }
  return out as unknown as Texts;
}
