/** Level names: báo động for floods, a plain level for everything else, so that the scales never mix. */

import { number, t, word } from '../i18n';
import type { Evidence } from '../types';

/** `issue 3` of the log in words; anything else, such as a person's reason, as it is. */
export function logDetail(hazard: string, detail: string, stage = true): string {
  const [, kind, level] = /^(issue|update|end|cancel) (\d)$/.exec(detail) ?? [];
  if (!kind) return detail;
  // A station that is silent has no level that anybody acts by; a fast rise has reached no báo động.
  if (hazard === 'technical') return word('kind', kind);
  return `${word('kind', kind)}, ${hazard === 'flood' && !stage ? t('level.rise') : levelWord(hazard, Number(level))}`;
}

/** As the first word of a line: `lũ lịch sử 2013` is `Lũ lịch sử 2013`. */
export const capital = (text: string): string => text.charAt(0).toLocaleUpperCase('vi') + text.slice(1);

/** Names are for colleagues; everybody else is told `staff`. */
export function personName(name: string): string {
  return name === 'staff' ? t('warning.staff') : name;
}

/**
 * Which message a notice carries, or which draft it asks about. Only its id has the number of the draft:
 * `{warning}.{d = draft, m = message}{number}.{recipient}.{channel}`.
 */
export function noticeSubject(id: string): string {
  const [, kind, number = ''] = /\.([dm])(\d+)\./.exec(id) ?? [];
  return kind ? t(kind === 'd' ? 'warning.draft_n' : 'warning.message_n', { number }) : '';
}

/** A flood warning may rest on a fast rise alone: then no báo động is reached, and none is named. */
export function levelWord(hazard: string, level: number, evidence: readonly Evidence[] = []): string {
  const rise = evidence.length > 0 && !evidence.some((one) => one.parameter === 'water_level');
  if (hazard === 'flood' && level >= 1 && rise) return t('level.rise');
  if (hazard === 'flood' && level >= 0 && level <= 4) return t(`level.${level as 0 | 1 | 2 | 3 | 4}`);
  return t('warning.level', { level });
}

/** `200 mm/24 giờ`, `BĐ3`: what a value was held against; null = the rule gives it no name. */
export function thresholdName(one: Evidence): string | null {
  const [, hours] = /rain_(\d+)h$/.exec(one.parameter) ?? [];
  if (!hours || one.threshold === null) return one.threshold_name;
  return t('step.rain', { amount: number(one.threshold, 0), hours });
}

/** `trị số mâu thuẫn`: what a technical alarm says of a station; null = the evidence is something measured. */
export function technicalWord(parameter: string): string | null {
  const name = parameter.startsWith('implausible') ? 'implausible' : parameter;
  const said = word('condition', name);
  return said === name ? null : said;
}
