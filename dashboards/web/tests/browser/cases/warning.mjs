/** From a draft that waits to an issued warning, by keyboard alone. */

import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same, until } from '../wait.mjs';

/** Goes on with Tab until the focus is on what is looked for. */
async function tabTo(tab, selector) {
  for (let step = 0; step < 120; step += 1) {
    if (await tab.evaluate((one) => document.activeElement?.matches(one) === true, selector)) return;
    await tab.keyboard.press('Tab');
  }
  throw new Error(`the Tab key never reaches ${selector}`);
}

const focused = (tab, selector) =>
  tab.waitForFunction((one) => document.activeElement?.matches(one) === true, selector);

export const cases = [
  {
    name: 'a warning waits, loudly, at both sizes',
    async run({ page }) {
      for (const size of [DESKTOP, PHONE]) {
        await page({ size }, async (tab) => {
          const line = tab.locator('.strip-line').first();
          await line.waitFor();
          expect(/Cảnh báo lũ sông Hà Thanh: báo động 3/.test(await line.innerText()), `first in the strip: ${await line.innerText()}`);
          await tab.waitForFunction(() => /^\(\d+\) /.test(document.title));
          const count = Number(await tab.locator('.tabs .count').innerText());
          expect(count >= 3, `${count} are counted`);
        });
      }
    },
  },
  {
    name: 'a wrong password is told in words, and Escape closes the dialog',
    async run({ page }) {
      const refused = (text) => /status of 401/.test(text);
      await page({ mayFail: refused }, async (tab) => {
        await tab.getByRole('button', { name: 'Đăng nhập' }).click();
        await tab.getByLabel('Tên đăng nhập').fill('trucban');
        await tab.getByLabel('Mật khẩu').fill('sai');
        await tab.keyboard.press('Enter');
        await tab.getByRole('alert').filter({ hasText: 'sai tên đăng nhập hoặc mật khẩu' }).waitFor();
        same(await tab.getByLabel('Mật khẩu').inputValue(), '', 'the wrong password is kept');
        await tab.keyboard.press('Escape');
        await tab.locator('.dialog').waitFor({ state: 'detached' });
      });
    },
  },
  {
    name: 'the duty officer signs in and confirms by keyboard alone; the warning is issued',
    async run({ server, page }) {
      await page({}, async (tab) => {
        await tab.locator('.strip-line').first().waitFor();
        const id = await tab.locator('.strip-line').first().getAttribute('data-warning');
        await tabTo(tab, '.strip-line');
        await tab.keyboard.press('Enter');
        const article = tab.locator(`article[data-warning="${id}"]`);
        await article.waitFor();
        same(await article.getAttribute('data-state'), 'draft', 'state before');
        const watched = tab.evaluate(() => new Promise((done) => {
          const out = document.querySelector('article .state');
          new MutationObserver(() => done(out.innerText)).observe(out, { childList: true, characterData: true, subtree: true });
        }));
        await tabTo(tab, '[data-act="confirm"]');
        await tab.keyboard.press('Enter');
        await focused(tab, '.dialog input[name="name"]');
        await tab.keyboard.type('trucban');
        await tab.keyboard.press('Tab');
        await tab.keyboard.type(server.password('trucban'));
        await tab.keyboard.press('Enter');
        await focused(tab, '.second textarea');
        expect(/Phát bản nháp số \d+, Báo động 3, tới tất cả người nhận\?/.test(await tab.locator('.sure').innerText()), 'the second question');
        same((await server.get(`/api/v1/warnings/${id}`)).warning.state, 'draft', 'one click does not issue');
        await tab.keyboard.type('Đã gọi điện cho trạm');
        await tabTo(tab, '[data-act="do-confirm"]');
        await tab.keyboard.press('Enter');
        await tab.locator(`article[data-warning="${id}"][data-state="issued"]`).waitFor();
        same(await watched, 'đang hiệu lực', 'state after, in words');
        await tab.getByText('Đã gọi điện cho trạm').first().waitFor();
        const { warning, messages } = await until('the warning has a message', async () => {
          const detail = await server.get(`/api/v1/warnings/${id}`);
          return detail?.messages.length > 0 && detail;
        });
        same([warning.state, messages[0].author.by, messages[0].author.name], ['issued', 'person', 'trucban'], 'who issued it');
      });
      await page({ size: PHONE }, async (tab) => {
        await tab.locator('.strip.is-issued .chip').first().waitFor();
      });
    },
  },
];
