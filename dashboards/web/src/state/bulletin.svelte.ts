/** The bulletin that somebody writes: numbers of the server, and texts that only this browser keeps. */

import { EMPTY, type Bulletin, restore, type Texts } from '../lib/bulletin';
import { reason } from '../lib/refusal';
import { rfc3339 } from '../lib/time';
import type { Forecast } from '../types';
import { all, get } from './api';

/** Texts belong to the person who writes them. */
const place = (user: string): string => `quantrac.bulletin.${user}`;

class Paper {
  content = $state.raw<Bulletin | null>(null);
  /** Current then. */
  forecasts = $state.raw<Forecast[]>([]);
  failure = $state<string | null>(null);
  texts = $state<Texts>({ ...EMPTY });
  private user = '';
  private asked = 0;

  /** Reads the numbers, as they were known at that instant; null = now. */
  async load(at: number | null): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    try {
      const then = at === null ? null : encodeURIComponent(rfc3339(at));
      const [found, forecasts] = await Promise.all([
        get<Bulletin>(`/bulletin${then === null ? '' : `?at=${then}`}`),
        all<Forecast>(`/forecasts?parameter=water_level${then === null ? '' : `&known_at=${then}`}`),
      ]);
      if (mine !== this.asked) return;
      this.content = found;
      this.forecasts = forecasts;
      this.failure = null;
    } catch (error) {
      if (mine === this.asked) this.failure = reason(error);
    }
  }

  /** Takes up what that person wrote before; they sign with their own name unless they wrote another. */
  open(user: string, name: string): void {
    this.user = user;
    let kept: string | null = null;
    try {
      kept = localStorage.getItem(place(user));
    } catch {
      // A browser that stores nothing forgets with the page.
    }
    const texts = restore(kept);
    this.texts = { ...texts, name: texts.name || name };
  }

  keep(): void {
    if (this.user === '') return;
    try {
      localStorage.setItem(place(this.user), JSON.stringify(this.texts));
    } catch {
      // See above.
    }
  }

  /** Begins anew; what stays the same from one bulletin to the next stays. */
  clear(): void {
    const { office, above, code, place: where, recipients, signer, name, without, rain } = this.texts;
    this.texts = { ...EMPTY, office, above, code, place: where, recipients, signer, name, without, rain };
    this.keep();
  }
}

export const paper = new Paper();
