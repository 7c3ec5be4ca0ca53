/** Numbers as printed: rounded half away from zero, decimal comma in Vietnamese, point in English. */

export type Lang = 'vi' | 'en';

/** `fixed(8.205, 2, 'vi')` is `8,21`: the tie is on the decimal text, as the observing rules mean it. */
export function fixed(value: number, decimals: number, lang: Lang): string {
  const scale = 10 ** decimals;
  const nudged = Math.abs(value) * (1 + 4 * Number.EPSILON);
  const rounded = Math.round(nudged * scale) / scale;
  const text = rounded.toFixed(decimals);
  const sign = value < 0 && rounded > 0 ? '−' : '';
  return sign + (lang === 'vi' ? text.replace('.', ',') : text);
}
