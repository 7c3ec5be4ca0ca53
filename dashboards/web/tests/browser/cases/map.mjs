/** With a base map and coordinates the rivers are a map too. Both are invented here: the pack has neither. */

import { expect, same } from '../wait.mjs';

const square = { type: 'Polygon', coordinates: [[[108.6, 13.6], [109.4, 13.6], [109.4, 14.7], [108.6, 14.7], [108.6, 13.6]]] };
const BASE = { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: square }] };

async function withMap(tab) {
  const change = (path, how) =>
    tab.route(path, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: how(await answer.json()) });
    });
  await tab.route('**/api/v1/basemap', (route) => route.fulfill({ json: BASE }));
  await change('**/api/v1/about', (about) => ({ ...about, basemap: true }));
  await change('**/api/v1/stations*', (page) => ({
    ...page,
    items: page.items.map((one, i) => ({ ...one, lat: 13.7 + (i % 7) * 0.12, lon: 108.75 + (i % 3) * 0.2 })),
  }));
  await tab.reload();
}

export const cases = [
  {
    name: 'without a base map nobody is offered an empty one; with one every river station is on it',
    async run({ page }) {
      await page({ path: '/so-do' }, async (tab) => {
        await tab.locator('.scheme .stop').first().waitFor();
        same(await tab.getByRole('button', { name: 'Bản đồ' }).count(), 0, 'buttons to a map that is not there');
        await withMap(tab);
        await tab.getByRole('button', { name: 'Bản đồ' }).click();
        await tab.locator('.map-stop').nth(6).waitFor();
        for (const symbol of await tab.locator('.map-stop .symbol').all()) {
          const box = await symbol.boundingBox();
          expect(box.width > 10 && box.height > 10, `a symbol of ${box.width} × ${box.height} px`);
        }
        await tab.locator('.map-stop', { hasText: 'Diêu Trì' }).click();
        await tab.locator('[data-station="dieu-tri"].station').waitFor();
      });
    },
  },
];
