/** Words and numbers in the language of the reader. */

import { fixed, type Lang } from '../lib/number';
import { largest, MINUTE } from '../lib/time';
import { settings } from '../state/settings.svelte';
import { type Key, vi } from './vi';

export type { Key };

/** The English texts, once somebody wants them: on a slow link each kilobyte is a wait. */
let english: Record<Key, string> | null = null;

/** Loads the texts of a language; Vietnamese ones are always there. */
export async function learn(lang: Lang): Promise<void> {
  if (lang === 'en') english ??= (await import('./en')).en;
}

/** Changes the language of the page when its texts are there. */
export async function speak(lang: Lang): Promise<void> {
  await learn(lang);
  settings.lang = lang;
}

type Values = Record<string, string | number>;

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a key. */
export function t(key: Key, values: Values = {}): string {
  return fill((settings.lang === 'en' && english ? english : vi)[key], values);
}

/** The text of a key that is made from data; what the catalogue does not know is shown as it came. */
export function word(group: string, name: string): string {
  const key = `${group}.${name}`;
  return key in vi ? t(key as Key) : name;
}

export function number(value: number, decimals: number): string {
  return fixed(value, decimals, settings.lang);
}

/** `12 phút` */
export function age(ms: number): string {
  const { count, unit } = largest(ms);
  return t(`age.${unit}`, { count });
}

/** How long something is ago: `12 phút trước`. */
export function ago(ms: number): string {
  return ms < MINUTE ? t('age.now') : t('age.ago', { age: age(ms) });
}

/** The text in the reader's language, of two. */
export function local(inVietnamese: string, inEnglish: string): string {
  return settings.lang === 'vi' ? inVietnamese : inEnglish || inVietnamese;
}
