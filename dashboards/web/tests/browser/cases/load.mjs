/** A large network on an old office PC: 500 stations, 50 readings a second, a sixth of the processor. */

import { expect } from '../wait.mjs';

const [STATIONS, PER_SECOND, SLOWER] = [500, 50, 6];
/** Longer than this and a click is felt to hang, ms. */
const LONGEST = 200;
const WATCHED = 6_000;

/** The stations of the flood again and again, each time under another name. */
function many(items, id) {
  return Array.from({ length: STATIONS }, (_, i) => {
    const one = items[i % items.length];
    return { ...one, [id]: `${one[id]}-${i}`, ...(one.name ? { name: `${one.name} ${i}`, downstream: null } : { series: 10_000 + i }) };
  });
}

export const cases = [
  {
    name: `${STATIONS} stations at ${PER_SECOND} readings a second leave the page free, at a sixth of the processor`,
    async run({ page, server }) {
      const stations = (await server.get('/api/v1/stations')).items.filter((one) => one.parameters.includes('water_level'));
      const latest = (await server.get('/api/v1/latest?parameter=water_level')).items.filter((one) => one.parameter === 'water_level');
      const byStation = stations.map((one) => latest.find((value) => value.station === one.id));
      // The stream is played in the page: no server need be that busy.
      const before = () => {
        window.EventSource = class extends EventTarget {
          static CLOSED = 2;
          readyState = 1;
          close() {}
          constructor() {
            super();
            window.stream = this;
            setTimeout(() => this.onopen?.(), 10);
          }
        };
      };
      await page({ before }, async (tab) => {
        await tab.route('**/api/v1/stations*', (route) => route.fulfill({ json: { items: many(stations, 'id'), next: null } }));
        await tab.route('**/api/v1/latest*', (route) => route.fulfill({ json: { items: many(byStation, 'station'), next: null } }));
        await tab.reload();
        await tab.getByRole('button', { name: `Hiện tất cả ${STATIONS} trạm` }).waitFor();
        await tab.locator('#river-list li').nth(59).waitFor();
        await tab.locator('.plot canvas').waitFor();
        const devtools = await tab.context().newCDPSession(tab);
        await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
        const told = await tab.evaluate(
          async ({ values, perSecond, ms }) => {
            const longest = [];
            new PerformanceObserver((list) => longest.push(...list.getEntries().map((one) => one.duration))).observe({ entryTypes: ['longtask'] });
            let count = 0;
            const every = 100;
            const now = Date.now();
            const timer = setInterval(() => {
              const items = Array.from({ length: (perSecond * every) / 1_000 }, () => {
                const one = values[count % values.length];
                count += 1;
                return { ...one, value: one.value + 0.01, observed_at: new Date(Date.parse(one.observed_at) + Date.now() - now).toISOString() };
              });
              window.stream.dispatchEvent(Object.assign(new Event('readings'), { data: JSON.stringify({ items }) }));
            }, every);
            await new Promise((done) => setTimeout(done, ms));
            clearInterval(timer);
            return { longest: Math.max(0, ...longest), tasks: longest.length, count };
          },
          { values: many(byStation, 'station'), perSecond: PER_SECOND, ms: WATCHED },
        );
        await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
        console.log(`      longest task ${Math.round(told.longest)} ms, ${told.tasks} over 50 ms, ${told.count} readings`);
        expect(told.count > (PER_SECOND * WATCHED) / 1_000 / 2, `only ${told.count} readings were told`);
        expect(told.longest < LONGEST, `a task of ${Math.round(told.longest)} ms`);
      });
    },
  },
];
