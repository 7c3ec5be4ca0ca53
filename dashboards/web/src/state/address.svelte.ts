/** Where the reader is. Paths and history; addresses from before, with everything in the fragment, are rewritten. */

import { fromFragment, href, parse, type Route } from '../lib/route';

const here = (): string => location.pathname + location.search;

function rewritten(): void {
  const path = fromFragment(location.hash);
  if (path !== null) history.replaceState(null, '', path);
}

rewritten();
let route = $state.raw<Route>(parse(here()));

/** Where `route` was read from. */
let shown = here();

function read(): void {
  rewritten();
  const to = here();
  if (to !== shown && address.ask?.(parse(to)) === false) {
    history.pushState(null, '', shown);
    return;
  }
  shown = to;
  route = parse(to);
}
addEventListener('popstate', read);
addEventListener('hashchange', read);

/** A plain click on a link to a page of ours changes the address; every other click is the browser's. */
addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
  const to = fromFragment(link.hash) ?? (link.hash === '' ? link.pathname + link.search : null);
  if (to === null || (parse(to).page === 'board' && !/^\/(\?|$)/.test(to))) return;
  event.preventDefault();
  address.to(to);
});

export const address = {
  /** Asked before the reader goes elsewhere; false = they stay. */
  ask: null as ((to: Route) => boolean) | null,
  get route(): Route {
    return route;
  },
  go(to: Route, replace = false): void {
    this.to(href(to), replace);
  },
  to(path: string, replace = false): void {
    if (path !== shown && this.ask?.(parse(path)) === false) return;
    shown = path;
    if (replace || path === here()) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    read();
  },
};
