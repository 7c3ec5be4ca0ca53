/** Every page by name, each in a file of its own that is loaded when somebody goes there. */

import type { Component } from 'svelte';

import type { Route } from '../lib/route';

/** A page is given the route that led to it. */
export type Page = Component<{ route: Route }>;

const PAGES = {
  board: () => import('./BoardPage.svelte'),
  station: () => import('./StationPage.svelte'),
  rain: () => import('./RainPage.svelte'),
  wind: () => import('./WindPage.svelte'),
  health: () => import('./HealthPage.svelte'),
  wall: () => import('./WallPage.svelte'),
  rivers: () => import('./RiversPage.svelte'),
  warnings: () => import('./WarningsPage.svelte'),
  duty: () => import('./DutyLogPage.svelte'),
  'set-aside': () => import('./SetAsidePage.svelte'),
  review: () => import('./ReviewPage.svelte'),
  past: () => import('./PastPage.svelte'),
  admin: () => import('./AdminPage.svelte'),
  bulletin: () => import('./BulletinPage.svelte'),
};
export type PageName = keyof typeof PAGES;

export const pageOf = (route: Route): PageName => (route.page === 'warning' ? 'warnings' : route.page);

export async function load(name: PageName): Promise<Page> {
  return (await PAGES[name]()).default as Page;
}
