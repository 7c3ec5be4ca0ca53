/** A forecaster enters the columns of a bulletin by keyboard; whoever looks at the station sees them at once. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same } from '../wait.mjs';
import { combinations, look } from './looks.mjs';

const STATION = 'thanh-hoa';
const PATH = `/tram/${STATION}`;
const FORECASTER = 'dubao';

/** The drill has a duty officer only; a forecaster is added as the manual says. */
async function addForecaster(server) {
  if (server.said.includes(`'${FORECASTER}', password`)) return;
  // A demo has a folder of its own in its data.
  const own = readdirSync(server.data).find((name) => name.startsWith('demo-'));
  const drill = Object.assign(Object.create(server), { data: join(server.data, own) });
  const said = await drill.command('user', 'add', FORECASTER, '--role', 'forecaster', '--full-name', 'Dự báo viên');
  server.said += `'${FORECASTER}', password ${/password (\S+)/.exec(said)[1]}\n`;
}

async function tabTo(tab, selector) {
  for (let step = 0; step < 120; step += 1) {
    if (await tab.evaluate((one) => document.activeElement?.matches(one) === true, selector)) return;
    await tab.keyboard.press('Tab');
  }
  throw new Error(`the Tab key never reaches ${selector}`);
}

const focused = (tab, selector) => tab.waitForFunction((one) => document.activeElement?.matches(one) === true, selector);
const metres = (value) => value.toFixed(2).replace('.', ',');
const title = (tab) => tab.locator('#station-title').innerText();

/** Types a forecast with its crest in the second column. */
async function enter(tab, crest) {
  await tab.locator('[data-act="enter"]').waitFor();
  await tabTo(tab, '[data-act="enter"]');
  await tab.keyboard.press('Enter');
  await focused(tab, '[name="source"]');
  await tab.keyboard.type('Đài KTTV');
  await tabTo(tab, '[data-cell="0-value"]');
  for (const [row, value] of [crest - 0.4, crest, crest - 0.3].entries()) {
    await focused(tab, `[data-cell="${row}-value"]`);
    await tab.keyboard.type(metres(value));
    await tab.keyboard.press('Tab');
    await tab.keyboard.type(metres(value - 0.2));
    await tab.keyboard.press('Tab');
    await tab.keyboard.type(metres(value + 0.25));
    await tab.keyboard.press('Tab');
  }
  await tab.locator('.plot[data-ahead="3"][data-band="3"]').waitFor();
  await tab.locator('.chart-key', { hasText: 'Bản đang nhập, chưa lưu' }).waitFor();
}

const withdrawal = async (tab) => {
  await tabTo(tab, '.forecast-issues button');
  await tab.keyboard.press('Enter');
  await focused(tab, '[name="why"]');
  await tab.keyboard.type('nhập nhầm trạm');
  await tab.keyboard.press('Enter');
};

export const cases = [
  {
    name: 'a forecast entered by keyboard is on every open page at once, and gone when it is withdrawn',
    async run({ server, page }) {
      await addForecaster(server);
      const found = await server.get(`/api/v1/stations/${STATION}`);
      const top = found.levels.find((level) => level.level === 3).value;
      const newest = await server.get(`/api/v1/latest?station=${STATION}&parameter=water_level`);
      const crest = Math.max(top, newest.items[0].value) + 0.55;
      await page({ path: PATH }, async (other) => {
        await other.locator('.plot[data-ahead="0"] canvas').waitFor();
        expect(!/dự báo/.test(await title(other)), `nothing is forecast yet: ${await title(other)}`);
        same(await other.locator('[data-act="enter"]').count(), 0, 'ways in for the public');
        await page({ as: FORECASTER, path: PATH }, async (tab) => {
          await enter(tab, crest);
          same(await other.locator('.plot').getAttribute('data-ahead'), '0', 'what is typed is seen by nobody else');
          await tabTo(tab, '.forecast-form button[type="submit"]');
          await tab.keyboard.press('Enter');
          await focused(tab, '[data-act="enter"]');
          await tab.locator('.forecast-issues li', { hasText: 'đang dùng' }).waitFor();

          await other.locator('.plot[data-ahead="3"][data-band="3"]').waitFor();
          await other.locator('#station-title', { hasText: `dự báo đỉnh ${metres(crest)} m lúc` }).waitFor();
          await other.locator('.chart-key', { hasText: 'Dự báo của Đài KTTV, phát lúc' }).waitFor();
          const { to, now } = await other.locator('.plot').evaluate((one) => one.dataset);
          expect(Number(to) - Number(now) > 6 * 3_600_000, 'the future has room');
          await other.getByRole('button', { name: 'Bảng số liệu', exact: true }).click();
          same(await other.locator('.table-twin .is-ahead').count(), 3, 'rows of the table twin');
          await other.getByRole('button', { name: 'Biểu đồ', exact: true }).click();

          for (const how of combinations) {
            await page({ ...how, as: FORECASTER, path: PATH }, async (seen) => {
              await seen.locator('.plot[data-ahead="3"]').waitFor();
              if (how.lang === 'en') return look(seen, how, 'outlook');
              await seen.locator('[data-act="enter"]').click();
              await seen.locator('[data-cell="0-value"]').fill('8,10');
              await look(seen, how, 'forecast');
            });
          }
          for (const size of [DESKTOP, PHONE]) {
            await page({ size, forced: 'active', path: PATH }, (seen) => seen.locator('.plot[data-ahead="3"]').waitFor());
          }

          await withdrawal(tab);
          await tab.locator('.forecast-issues li', { hasText: 'nhập nhầm trạm' }).waitFor();
          await other.locator('.plot[data-ahead="0"]').waitFor();
          await other.waitForFunction(() => !/dự báo/.test(document.querySelector('#station-title')?.textContent ?? 'dự báo'));
          await other.locator('.forecast-desk', { hasText: 'Chưa có bản dự báo nào' }).waitFor();
        });
      });
    },
  },
  {
    name: 'what the server refuses of a forecast is said at the form, and nothing is lost',
    async run({ server, page }) {
      await addForecaster(server);
      await page({ as: FORECASTER, path: PATH, mayFail: (text) => text.includes('status of 422') }, async (tab) => {
        await enter(tab, 80);
        await tabTo(tab, '.forecast-form button[type="submit"]');
        await tab.keyboard.press('Enter');
        await tab.getByRole('alert').filter({ hasText: 'points[0].value: 79.6 m is above' }).waitFor();
        same(await tab.locator('[data-cell="1-value"]').inputValue(), '80,00', 'what was typed');
        await tab.locator('[data-cell="1-value"]').fill('tám');
        await tab.locator('.forecast-form button[type="submit"]').click();
        await tab.getByRole('alert').filter({ hasText: 'có ô không phải là số' }).waitFor();
      });
    },
  },
];
