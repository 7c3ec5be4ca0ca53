/** What the page is called: in its heading, in the browser's tab, to screen readers. */

import { local, t } from '../i18n';
import { address } from './address.svelte';
import { board } from './board.svelte';

class Title {
  site: string = $derived(board.about ? local(board.about.title_vi, board.about.title_en) : 'quantrac');
  page: string = $derived.by(() => {
    const { route } = address;
    switch (route.page) {
      case 'board':
        return t('nav.board');
      case 'station':
        return board.station(route.id)?.name ?? route.id;
      case 'rain':
        return t('nav.rain');
      case 'wind':
        return t('nav.wind');
      case 'health':
        return t('nav.health');
      case 'wall':
        return t('nav.wall');
      case 'rivers':
        return t('nav.rivers');
      case 'warnings':
      case 'warning':
        return t('nav.warnings');
      case 'review':
        return t('nav.review');
      case 'duty':
        return t('nav.log');
      case 'set-aside':
        return t('nav.set_aside');
      case 'past':
        return t('nav.past');
      case 'admin':
        return t('nav.admin');
      case 'bulletin':
        return t('nav.bulletin');
    }
  });
}

export const title = new Title();
