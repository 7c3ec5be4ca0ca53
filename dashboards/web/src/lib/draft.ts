/** An edited draft: its limits, and what the program changed in it meanwhile. */

import type { Draft, LocalText, Text } from '../types';

/** Characters that the server takes at most, see `/api/v1/warnings/{id}/confirm`. */
export const LIMITS: Record<keyof Text, number> = { headline: 140, description: 4_000, instruction: 4_000 };
export const FIELDS = ['headline', 'description', 'instruction'] as const;
export const LANGUAGES = ['vi', 'en'] as const;

/** Characters as the server counts them: a letter with its marks in one code point is one. */
export const length = (text: string): number => [...text].length;

export type Fault = 'empty' | 'long';
/** What is wrong with a field; null = it can go out. */
export function fault(field: keyof Text, text: string): Fault | null {
  if (length(text) > LIMITS[field]) return 'long';
  return field !== 'instruction' && text.trim() === '' ? 'empty' : null;
}

export const faulty = (text: LocalText): boolean =>
  LANGUAGES.some((lang) => FIELDS.some((field) => fault(field, text[lang][field]) !== null));

export const sameText = (one: LocalText, other: LocalText): boolean =>
  LANGUAGES.every((lang) => FIELDS.every((field) => one[lang][field] === other[lang][field]));

/** Two drafts ask the same although their numbers differ. */
export const sameMatter = (one: Draft, other: Draft): boolean =>
  one.kind === other.kind && one.level === other.level && one.provisional === other.provisional && one.late === other.late;

export const copy = (text: LocalText): LocalText => ({ vi: { ...text.vi }, en: { ...text.en } });

export type Change = { what: 'kind' | 'level' | 'sureness' } | { what: 'text'; lang: 'vi' | 'en'; field: keyof Text };

/** What is not as it was in the draft that somebody read. */
export function changes(before: Draft, now: Draft): Change[] {
  const out: Change[] = [];
  if (before.kind !== now.kind) out.push({ what: 'kind' });
  if (before.level !== now.level) out.push({ what: 'level' });
  if (before.provisional !== now.provisional || before.late !== now.late) out.push({ what: 'sureness' });
  for (const lang of LANGUAGES) {
    for (const field of FIELDS) {
      if (before.text[lang][field] !== now.text[lang][field]) out.push({ what: 'text', lang, field });
    }
  }
  return out;
}
