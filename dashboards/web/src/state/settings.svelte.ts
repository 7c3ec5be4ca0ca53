/** What this browser remembers: language, theme, whether the rivers are a map. */

import type { Lang } from '../lib/number';

export type Theme = 'auto' | 'light' | 'dark';

function remembered<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  try {
    const value = localStorage.getItem(`quantrac.${key}`);
    return allowed.find((one) => one === value) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`quantrac.${key}`, value);
  } catch {
    // A browser that stores nothing still works; it only forgets.
  }
}

const state = $state({
  lang: remembered<Lang>('lang', ['vi', 'en'], 'vi'),
  theme: remembered<Theme>('theme', ['auto', 'light', 'dark'], 'auto'),
  rivers: remembered<'map' | 'scheme'>('rivers', ['map', 'scheme'], 'scheme'),
});

const night = matchMedia('(prefers-color-scheme: dark)');
let nightNow = $state(night.matches);
night.addEventListener?.('change', (event) => (nightNow = event.matches));

export const settings = {
  get lang(): Lang {
    return state.lang;
  },
  set lang(lang: Lang) {
    state.lang = lang;
    remember('lang', lang);
  },
  get map(): boolean {
    return state.rivers === 'map';
  },
  set map(map: boolean) {
    state.rivers = map ? 'map' : 'scheme';
    remember('rivers', state.rivers);
  },
  get dark(): boolean {
    return state.theme === 'auto' ? nightNow : state.theme === 'dark';
  },
  toggleTheme(): void {
    state.theme = this.dark ? 'light' : 'dark';
    remember('theme', state.theme);
  },
};
