/** Looking at a past night: instants in addresses, the keys of the slider, playing, nights to choose, marks. Pure. */

import type { Happening, Warning } from '../types';
import { readDay } from './range';
import { DAY, HOUR, MINUTE, rfc3339 } from './time';

/** A stretch of time that is looked at. */
export interface Stretch {
  from: number;
  to: number;
}

/** The server tells no more than this at once. */
export const LONGEST = 62 * DAY;
/** Seconds of the night in one second. */
export const SPEEDS = [60, 600, 3_600] as const;
export type Speed = (typeof SPEEDS)[number];
export const DEFAULT_SPEED: Speed = 600;

/** `2025-11-19T02:15`, Viet Nam's clock: as it stands in an address. */
export const stamp = (at: number): string => rfc3339(at).slice(0, 16);

/** What it says; null = it is no instant. */
export function readStamp(text: string | null): number | null {
  if (!text || !/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return null;
  const at = Date.parse(`${text}:00+07:00`);
  return Number.isNaN(at) || stamp(at) !== text ? null : at;
}

/** `02:15 19/11/2025` as people write it, the year may be missing; null = it is no instant. */
export function readMoment(text: string, now: number): number | null {
  const [, hour = '', minute = '', rest = ''] = /^\s*(\d{1,2})[:h](\d\d)\s+(\S.*)$/.exec(text) ?? [];
  const day = readDay(rest, now);
  return day === null ? null : readStamp(`${day}T${hour.padStart(2, '0')}:${minute}`);
}

/** The stretch of two ends in any order; null = it is none, or too long. */
export function stretch(from: number | null, to: number | null): Stretch | null {
  if (from === null || to === null || from === to) return null;
  const out = { from: Math.min(from, to), to: Math.max(from, to) };
  return out.to - out.from <= LONGEST ? out : null;
}

export const within = (at: number, { from, to }: Stretch): number => Math.min(to, Math.max(from, at));

const STEPS: Record<string, number> = {
  ArrowRight: 10 * MINUTE,
  ArrowUp: 10 * MINUTE,
  ArrowLeft: -10 * MINUTE,
  ArrowDown: -10 * MINUTE,
  PageUp: HOUR,
  PageDown: -HOUR,
};

/** Where a key of the slider leads; null = it is none of its keys. */
export function keyed(key: string, at: number, span: Stretch): number | null {
  if (key === 'Home') return span.from;
  if (key === 'End') return span.to;
  const step = STEPS[key];
  return step === undefined ? null : within(at + step, span);
}

/** Where the hand stands after `elapsed` ms of playing, on whole minutes; what is less than a minute is carried on. */
export function played(at: number, speed: Speed, elapsed: number, span: Stretch): { at: number; rest: number; ended: boolean } {
  const way = elapsed * speed;
  const step = Math.floor(way / MINUTE) * MINUTE;
  const next = within(at + step, span);
  return { at: next, rest: (way - step) / speed, ended: next >= span.to };
}

/** A night to go to. */
export interface Night extends Stretch {
  id: string;
  hazard: string;
  name: string;
  /** The highest level that was said. */
  top: number;
  /** When it began. */
  first: number;
  last: number;
  /** Where to begin looking. */
  at: number;
}

/** Room before the first and after the last change. */
const MARGIN = 3 * HOUR;
const OPEN = ['draft', 'issued'];

/** The nights of past warnings, newest first. One that goes on reaches `now`. */
export function nights(warnings: Warning[], now: number): Night[] {
  const said = (one: Warning): number[] => one.log.flatMap(({ detail }) => Number(/^(?:issue|update) (\d)$/.exec(detail)?.[1] ?? 0));
  const out = warnings.map((one) => {
    const first = Math.min(Date.parse(one.onset), Date.parse(one.drafted_at));
    const last = OPEN.includes(one.state) ? now : Date.parse(one.changed_at);
    const from = Math.max(Math.floor((first - MARGIN) / HOUR) * HOUR, last - LONGEST + 2 * MARGIN);
    const to = Math.min(now, Math.ceil((last + MARGIN) / HOUR) * HOUR);
    const top = Math.max(one.level, ...said(one));
    const { id, hazard, episode_name: name } = one;
    return { id, hazard, name, top, first, last, from, to: Math.floor(to / MINUTE) * MINUTE, at: within(Math.floor(Date.parse(one.drafted_at) / MINUTE) * MINUTE, { from, to }) };
  });
  return out.filter((one) => one.to > one.from).sort((a, b) => b.first - a.first);
}

/** What an event is about, for choosing which are told. */
export type Group = 'alarm' | 'warning' | 'station' | 'system';

export function group(one: Happening): Group {
  if (one.what === 'alarm') return 'alarm';
  if (one.what === 'message' || one.what === 'warning') return 'warning';
  return one.what === 'station' ? 'station' : 'system';
}

/** The level that an event raises to; 0 = it raises none. */
export function raises(one: Happening): number {
  if (one.what === 'message') return one.kind === 'issue' || one.kind === 'update' ? one.level : 0;
  if (one.what !== 'alarm' || one.transition.to.state !== 'level') return 0;
  const before = one.transition.from.state === 'level' ? one.transition.from.level : 0;
  return one.transition.to.level > before ? one.transition.to.level : 0;
}

/** A mark on the slider. */
export interface Mark {
  /** 0 … 1 along the slider. */
  place: number;
  level: number;
  message: boolean;
  count: number;
}

/** Marks where something rose or was said, at most `places`; of a place the worst. */
export function marks(events: Happening[], span: Stretch, places: number): Mark[] {
  const out = new Map<number, Mark>();
  for (const one of events) {
    const level = raises(one);
    const message = one.what === 'message';
    const at = (Date.parse(one.known_at) - span.from) / (span.to - span.from);
    if ((level === 0 && !message) || at < 0 || at > 1) continue;
    const place = Math.min(places - 1, Math.floor(at * places));
    const known = out.get(place) ?? { place: (place + 0.5) / places, level: 0, message: false, count: 0 };
    out.set(place, { ...known, level: Math.max(known.level, level), message: known.message || message, count: known.count + 1 });
  }
  return [...out.values()].sort((a, b) => a.place - b.place);
}

/** What is known now and was not known then: what came later, or says something else by now. */
export function learnt<S extends { at: number; value: number | null }>(then: S[], now: S[]): S[] {
  const known = new Map(then.map((one) => [one.at, one.value]));
  return now.filter((one) => !known.has(one.at) || known.get(one.at) !== one.value);
}
