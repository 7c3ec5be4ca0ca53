/** Where the reader is. */

import { href, parse, type Route } from '../lib/route';

let route = $state.raw<Route>(parse(location.hash));

addEventListener('hashchange', () => (route = parse(location.hash)));

export const address = {
  get route(): Route {
    return route;
  },
  go(to: Route): void {
    location.hash = href(to);
  },
};
