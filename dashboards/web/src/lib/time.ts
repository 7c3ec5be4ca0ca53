/** Viet Nam time (UTC+7, no daylight saving), whatever the browser's zone is. Instants are milliseconds. */

const OFFSET = 7 * 3_600_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

const two = (n: number): string => String(n).padStart(2, '0');
const local = (at: number): Date => new Date(at + OFFSET);

/** `03:05` */
export function clock(at: number): string {
  const d = local(at);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

/** `03:05:09` */
export function clockSeconds(at: number): string {
  return `${clock(at)}:${two(local(at).getUTCSeconds())}`;
}

/** `19/11` */
export function dayMonth(at: number): string {
  const d = local(at);
  return `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}`;
}

/** `19/11/2025` */
export function date(at: number): string {
  return `${dayMonth(at)}/${local(at).getUTCFullYear()}`;
}

/** `03:05 19/11/2025` */
export function moment(at: number): string {
  return `${clock(at)} ${date(at)}`;
}

/** `03:05 19/11` */
export function dayMoment(at: number): string {
  return `${clock(at)} ${dayMonth(at)}`;
}

/** The clock alone when `at` is on the same day as `now`, else with day and month. */
export function shortMoment(at: number, now: number): string {
  return date(at) === date(now) ? clock(at) : dayMoment(at);
}

/** RFC 3339 with Viet Nam's offset. */
export function rfc3339(at: number): string {
  return local(at).toISOString().replace(/(\.000)?Z$/, '+07:00');
}

const SPAN_UNITS: Record<string, number> = { ms: 1, s: 1_000, min: MINUTE, h: HOUR, d: DAY };

/** Milliseconds of a span such as `90s`, `10min`, `2h`, `3d`. */
export function span(text: string, otherwise: number): number {
  const found = /^(\d+)(ms|s|min|h|d)$/.exec(text);
  return found ? Number(found[1]) * (SPAN_UNITS[found[2] ?? ''] ?? 0) : otherwise;
}

/** Multiples of `step` on Viet Nam's clock inside [from, to]. */
export function ticks(from: number, to: number, step: number): number[] {
  const out: number[] = [];
  for (let at = Math.ceil((from + OFFSET) / step) * step - OFFSET; at <= to; at += step) out.push(at);
  return out;
}

/** A length of time in its largest sensible unit, rounded down: 59 min, 3 h, 2 d. */
export function largest(ms: number): { count: number; unit: 'minute' | 'hour' | 'day' } {
  const past = Math.max(0, ms);
  if (past < HOUR) return { count: Math.floor(past / MINUTE), unit: 'minute' };
  if (past < 2 * DAY) return { count: Math.floor(past / HOUR), unit: 'hour' };
  return { count: Math.floor(past / DAY), unit: 'day' };
}

/** The year on Viet Nam's calendar. */
export function year(at: number): number {
  return local(at).getUTCFullYear();
}

/** Midnight of Viet Nam before or at that instant. */
export function startOfDay(at: number): number {
  return Math.floor((at + OFFSET) / DAY) * DAY - OFFSET;
}

/** First days of months on Viet Nam's calendar inside [from, to], every so many months from January on. */
export function months(from: number, to: number, every: number): number[] {
  const out: number[] = [];
  const first = local(from);
  for (let month = first.getUTCMonth(); ; month += 1) {
    const at = Date.UTC(first.getUTCFullYear(), month, 1) - OFFSET;
    if (at > to) return out;
    if (at >= from && month % every === 0) out.push(at);
  }
}
