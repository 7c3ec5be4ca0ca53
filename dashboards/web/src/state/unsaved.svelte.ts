/** What would be lost by going away; whoever goes is asked. */

import { t } from '../i18n';
import type { Route } from '../lib/route';
import { address } from './address.svelte';

/** A draft of the configuration outlives the tabs of its page, but not the page. */
const OUTLIVES_TABS = 'config';

class Unsaved {
  private readonly marks = new Set<string>();

  mark(what: string, is: boolean): void {
    if (is) this.marks.add(what);
    else this.marks.delete(what);
  }

  /** Whether something would be lost by going there. */
  lost(to: Route | null): boolean {
    const stays = to?.page === 'admin';
    return [...this.marks].some((one) => !(stays && one === OUTLIVES_TABS));
  }

  /** From now on whoever leaves is asked; gives back how to stop that. */
  watch(): () => void {
    const before = (event: BeforeUnloadEvent): void => {
      if (this.marks.size > 0) event.preventDefault();
    };
    addEventListener('beforeunload', before);
    address.ask = (to) => !this.lost(to) || confirm(t('admin.leave'));
    return () => {
      removeEventListener('beforeunload', before);
      address.ask = null;
    };
  }
}

export const unsaved = new Unsaved();
