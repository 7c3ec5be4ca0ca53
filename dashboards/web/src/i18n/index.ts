/** Words and numbers in the language of the reader. */

import { fixed } from '../lib/number';
import { largest, MINUTE } from '../lib/time';
import { settings } from '../state/settings.svelte';
import { en } from './en';
import { type Key, vi } from './vi';

export type { Key };

type Values = Record<string, string | number>;

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a key. */
export function t(key: Key, values: Values = {}): string {
  return fill((settings.lang === 'vi' ? vi : en)[key], values);
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
