/** Work on a station: begun and ended by an officer, seen by everybody, and no reason to show a flood less. */

import { join } from 'node:path';

import { publish, stages } from '../server.mjs';
import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same } from '../wait.mjs';

const PICTURES = process.env.QUANTRAC_PICTURES;
const HEALTH = '/suc-khoe';
const STATION = '/tram/thanh-hoa';
const WHY = 'thay đầu đo, nước đo được không tin được';

const focused = (tab, selector) =>
  tab.waitForFunction((one) => document.activeElement?.matches(one) === true, selector);

async function looks(tab, name) {
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide <= 0, `${name} is ${wide} px too wide`);
  if (PICTURES) await tab.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

export const cases = [
  {
    name: 'maintenance of a station is begun and ended by an officer, seen by everybody, and hides no flood',
    async run({ page, start, folder }) {
      const server = await start(['serve', '--exercise'], 'maintenance');
      const told = await server.command('user', 'add', 'lan', '--role', 'duty-officer', '--full-name', 'Kíp trưởng Một');
      server.said += `\n'lan', password ${/password (\S+)/.exec(told)[1]}\n`;
      const secret = await server.secret('thanh-hoa');
      const send = (...all) => publish(server, 'thanh-hoa', secret, stages(...all));
      await send([5.7, 40], [5.9, 30], [6.05, 20], [6.21, 10]);
      const symbol = '#river-list li .symbol[data-level="1"]';

      await page({ server }, async (everybody) => {
        await everybody.locator(symbol).first().waitFor();
        await page({ server, as: 'lan', path: STATION, size: PHONE }, async (lan) => {
          // By keyboard: opened, told why, refused for a time that is over, sent.
          const work = lan.locator('.station-below .work');
          await work.locator('[data-work-act="begin"]').focus();
          await lan.keyboard.press('Enter');
          await focused(lan, '.work textarea');
          await lan.keyboard.type(WHY);
          await lan.keyboard.press('Tab');
          await lan.keyboard.type('03:00 19/11/2015');
          await lan.keyboard.press('Enter');
          await work.getByText(/Không đọc được thời gian, hoặc đã qua/).waitFor();
          await work.locator('input').fill('');
          await looks(lan, 'work-form-phone');
          await lan.keyboard.press('Enter');
          await work.getByText('đang bảo trì').waitFor();
          await work.getByText(/Kíp trưởng Một \(lan\) báo lúc/).waitFor();
          await focused(lan, '[data-work-act]');

          // At once on the board of everybody, and the flood as loud as before.
          await everybody.locator('#river-list .mark', { hasText: 'đang bảo trì' }).waitFor();
          expect(await everybody.locator(symbol).first().isVisible(), 'the level is not shown any more');
          await send([8.21, 0]);
          await everybody.locator('#river-list li .symbol[data-level="3"]').first().waitFor();

          for (const [size, theme] of [[DESKTOP, 'light'], [PHONE, 'dark']]) {
            await page({ server, path: HEALTH, size, theme }, async (seen) => {
              const row = seen.locator('[data-station="thanh-hoa"]');
              await row.getByText(WHY).waitFor();
              await row.getByText(/người trực ban báo lúc/).waitFor();
              same(await seen.locator('[data-work-act]').count(), 0, 'buttons for who is not signed in');
              await looks(seen, `work-health-${theme}`);
            });
            await page({ server, path: STATION, size, theme, as: 'lan' }, async (seen) => {
              await seen.locator('.station-below .work').getByText(WHY).waitFor();
              await looks(seen, `work-station-${theme}`);
            });
          }

          // Ended by touch.
          await work.locator('[data-work-act="end"]').tap();
          await work.locator('textarea').fill('đã thay xong');
          await work.locator('button[type="submit"]').tap();
          await work.locator('[data-work-act="begin"]').waitFor();
          await everybody.locator('#river-list .mark', { hasText: 'đang bảo trì' }).waitFor({ state: 'detached' });
        });
      });
      await page({ server, as: 'lan', path: HEALTH }, async (lan) => {
        // Never heard, so it fails: from here too.
        const row = lan.locator('.health-row.is-failing').first();
        await row.locator('[data-work-act="begin"]').click();
        await row.locator('textarea').fill('chưa lắp');
        await looks(lan, 'work-health-officer');
        await row.locator('button[type="submit"]').click();
        await row.getByText('chưa lắp').waitFor();
      });
    },
  },
];
