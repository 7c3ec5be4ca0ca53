/** Live by itself; loud when it is not; whole again without anybody's help. */

import { Cable } from '../proxy.mjs';
import { publish, stages } from '../server.mjs';
import { expect, same, until } from '../wait.mjs';

const line = (tab) => tab.locator('[data-station="thanh-hoa"].line');
const bar = (tab) => tab.locator('.trouble');
/** While the server is away the browser itself complains about every request. */
const away = (text) => /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|ERR_NETWORK/.test(text);

async function mark(tab) {
  await tab.evaluate(() => (window.sameDocument = true));
  return async () => expect(await tab.evaluate(() => window.sameDocument === true), 'the page was loaded anew');
}

/** The bar is as wide as the window and reads like that. */
async function seen(tab, trouble, pattern) {
  const found = tab.locator(`.trouble[data-trouble="${trouble}"]`);
  await found.waitFor({ timeout: 45_000 });
  const [box, size] = [await found.boundingBox(), tab.viewportSize()];
  same([box.x, Math.round(box.width)], [0, size.width], 'place and width of the bar');
  const text = await found.innerText();
  expect(pattern.test(text), `the bar says: ${text}`);
  const opacity = await line(tab).locator('.line-value').evaluate((one) => getComputedStyle(one).opacity);
  same(opacity, '0.5', 'opacity of a value that may be old');
}

export const cases = [
  {
    name: 'old data raise a bar and are greyed; new data arrive by themselves and end it',
    async run({ server, page }) {
      const secret = await server.secret('thanh-hoa');
      await publish(server, 'thanh-hoa', secret, stages([5.5, 40]));
      await page({}, async (tab) => {
        await line(tab).getByText('5,50').waitFor();
        await seen(tab, 'stale', /Số liệu đã cũ 4\d phút/);
        expect(await line(tab).evaluate((one) => /(39|4\d) phút trước/.test(one.innerText)), 'the age is missing');
        const still = await mark(tab);
        // With its backlog: a value behind a hole would be held back for the missing ones.
        await publish(server, 'thanh-hoa', secret, stages([5.7, 30], [5.9, 20], [6.05, 10], [6.21]));
        await line(tab).getByText('6,21').waitFor();
        same(await line(tab).getAttribute('data-level'), '1', 'level of 6.21 m at Thạnh Hòa');
        await tab.locator('h2', { hasText: 'Thạnh Hòa, sông Kôn: 6,21 m' }).waitFor();
        await bar(tab).waitFor({ state: 'detached' });
        await still();
      });
    },
  },
  {
    name: 'a value that cannot be is no level, but its station says so',
    async run({ server, page }) {
      const secret = await server.secret('binh-nghi');
      await publish(server, 'binh-nghi', secret, stages([14.9, 10], [99]));
      await page({}, async (tab) => {
        const own = tab.locator('[data-station="binh-nghi"].line');
        await own.locator('.mark', { hasText: 'trị số mâu thuẫn' }).waitFor();
        expect(!(Number(await own.getAttribute('data-level')) > 0), 'the impossible value has a level');
      });
    },
  },
  {
    name: 'a page that is told to ask less often waits and asks again',
    async run({ page }) {
      await page({ mayFail: (text) => /status of 429/.test(text) }, async (tab) => {
        let refusals = 0;
        await tab.route('**/api/v1/stations*', (route) => {
          refusals += 1;
          if (refusals > 2) return route.fallback();
          const body = JSON.stringify({ type: 'urn:quantrac:problem:too-often', status: 429, detail: 'slow down' });
          return route.fulfill({ status: 429, headers: { 'retry-after': '1' }, contentType: 'application/problem+json', body });
        });
        await tab.reload();
        await line(tab).waitFor();
        expect(refusals > 2, `asked ${refusals} times`);
        same(await tab.locator('.trouble[data-trouble="load"]').count(), 0, 'bars about loading');
      });
    },
  },
  {
    name: 'eight windows of one browser share one stream, and go on when the one that has it is closed',
    async run({ server, page }) {
      const secret = await server.secret('thanh-hoa');
      await page({ as: 'admin' }, async (first) => {
        const context = first.context();
        await first.locator('#river-list li').first().waitFor();
        // The stream of the first window is there already; here are those of the others, while they last.
        const streams = new Set();
        const isStream = (one) => one.url().endsWith('/api/v1/live');
        context.on('request', (one) => isStream(one) && streams.add(one));
        for (const end of ['requestfinished', 'requestfailed']) context.on(end, (one) => streams.delete(one));
        const others = [];
        for (let i = 0; i < 7; i += 1) {
          const tab = await context.newPage();
          await tab.goto(server.address + ['/', '/mua', '/suc-khoe', '/canh-bao'][i % 4]);
          others.push(tab);
        }
        const boards = [first, others[0], others[4]];
        for (const tab of boards) await tab.locator('#river-list li').first().waitFor();
        await until('no other window has a stream of its own', () => streams.size === 0);
        await publish(server, 'thanh-hoa', secret, stages([6.25]));
        for (const tab of boards) await line(tab).getByText('6,25').waitFor();

        // Its window goes; what is left of the page is another document.
        await first.goto(`${server.address}/api/openapi.json`);
        await until('one other window has it', () => streams.size === 1);
        await publish(server, 'thanh-hoa', secret, stages([6.28]));
        for (const tab of boards.slice(1)) await line(tab).getByText('6,28').waitFor();
        await first.goto(server.address);
        await line(first).getByText('6,28').waitFor();
      });
    },
  },
  {
    name: 'a stream that is cut is opened again, and nothing that came in between is missing',
    async run({ server, page }) {
      const secret = await server.secret('thanh-hoa');
      const cable = await Cable.to(server);
      await page({ server: cable, mayFail: away }, async (tab) => {
        await line(tab).getByText('6,28').waitFor();
        await tab.locator('[data-live="live"]').waitFor();
        const still = await mark(tab);
        await cable.cut();
        await seen(tab, 'link', /Mất kết nối với máy chủ từ \d\d:\d\d \d\d\/\d\d\/\d{4}/);
        await publish(server, 'thanh-hoa', secret, stages([6.29]));
        await cable.mend();
        await line(tab).getByText('6,29').waitFor({ timeout: 30_000 });
        await bar(tab).waitFor({ state: 'detached', timeout: 30_000 });
        await tab.locator('[data-live="live"]').waitFor();
        await still();
      });
      await cable.cut();
    },
  },
  {
    name: 'a killed server raises a bar over the full width; the page recovers by itself',
    async run({ server, page }) {
      const secret = await server.secret('thanh-hoa');
      await page({ mayFail: away }, async (tab) => {
        await line(tab).getByText('6,29').waitFor();
        await tab.locator('[data-live="live"]').waitFor();
        const still = await mark(tab);
        await server.kill();
        await seen(tab, 'link', /Mất kết nối với máy chủ từ \d\d:\d\d \d\d\/\d\d\/\d{4}/);
        await tab.locator('[data-live="broken"]').waitFor();
        await server.again();
        await bar(tab).waitFor({ state: 'detached', timeout: 30_000 });
        await publish(server, 'thanh-hoa', secret, stages([6.3]));
        await line(tab).getByText('6,30').waitFor();
        await still();
      });
    },
  },
];
