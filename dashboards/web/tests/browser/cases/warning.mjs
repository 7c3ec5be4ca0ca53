/** From a draft that waits to an issued warning, by keyboard alone. */

import { DESKTOP, PHONE, signIn } from '../visit.mjs';
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

const waiting = (tab) => tab.locator('.strip-line');
const refusal = (status) => (text) => text.includes(`status of ${status}`);

export const cases = [
  {
    name: 'a warning waits, loudly, at both sizes, for who is signed in',
    async run({ page }) {
      for (const size of [DESKTOP, PHONE]) {
        await page({ size, as: 'trucban' }, async (tab) => {
          const line = waiting(tab).first();
          await line.waitFor();
          expect(/Cảnh báo lũ sông Hà Thanh: báo động 3/.test(await line.innerText()), `first in the strip: ${await line.innerText()}`);
          await tab.waitForFunction(() => /^\(\d+\) /.test(document.title));
          const count = Number(await tab.locator('.tabs .count').innerText());
          expect(count >= 3, `${count} are counted`);
          same(await tab.locator('.head-hint').count(), 0, 'hints to sign in');
        });
      }
    },
  },
  {
    name: 'a wrong password is told in words, and Escape closes the dialog',
    async run({ server, page }) {
      await page({ mayFail: refusal(401) }, async (tab) => {
        await tab.getByRole('button', { name: 'Đăng nhập' }).click();
        await signIn(tab, server, 'trucban', 'sai');
        await tab.getByRole('alert').filter({ hasText: 'sai tên đăng nhập hoặc mật khẩu' }).waitFor();
        same(await tab.getByLabel('Mật khẩu').inputValue(), '', 'the wrong password is kept');
        await tab.keyboard.press('Escape');
        await tab.locator('.dialog').waitFor({ state: 'detached' });
      });
    },
  },
  {
    name: 'what waits appears with signing in, by itself, and is gone with signing out',
    async run({ server, page }) {
      await page({ mayFail: refusal(404) }, async (tab) => {
        const streams = [];
        // The first stream is there before the list is.
        await tab.locator('#river-list li').first().waitFor();
        tab.on('request', (one) => one.url().endsWith('/api/v1/live') && streams.push(one));
        await tab.locator('.head-hint', { hasText: 'Đăng nhập để xem cảnh báo chờ xác nhận' }).waitFor();
        same([await waiting(tab).count(), await tab.locator('.tabs .count').count()], [0, 0], 'drafts that everybody sees');

        await tab.getByRole('button', { name: 'Đăng nhập' }).click();
        await signIn(tab, server, 'trucban');
        await waiting(tab).first().waitFor();
        same(streams.length, 1, 'streams opened after signing in');
        const id = await waiting(tab).first().getAttribute('data-warning');
        await waiting(tab).first().click();
        await tab.locator(`article[data-warning="${id}"] .draft`).waitFor();
        await tab.locator('.people > li').first().waitFor();

        await tab.getByRole('button', { name: 'Đăng xuất' }).click();
        const missing = tab.locator(`[data-missing="${id}"]`);
        await missing.getByText('người trực ban đăng nhập thì xem được').waitFor();
        same(streams.length, 2, 'streams opened after signing out');
        same(await tab.locator('.warning-line.is-waiting, .tabs .count').count(), 0, 'drafts after signing out');
        await missing.getByRole('button', { name: 'Đăng nhập' }).click();
        await signIn(tab, server, 'trucban');
        await tab.locator(`article[data-warning="${id}"] .draft`).waitFor();
      });
    },
  },
  {
    name: 'a session that ended elsewhere takes its drafts with it',
    async run({ server, page }) {
      // What the page asks for just then is refused.
      await page({ mayFail: refusal(401) }, async (tab) => {
        await tab.getByRole('button', { name: 'Đăng nhập' }).click();
        await signIn(tab, server, 'trucban');
        await waiting(tab).first().waitFor();
        await tab.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }));
        await tab.locator('.head-hint').waitFor();
        await waiting(tab).first().waitFor({ state: 'detached' });
      });
    },
  },
  {
    name: 'the duty officer signs in and confirms by keyboard alone; everybody reads the message, without names',
    async run({ server, page }) {
      let id;
      await page({}, async (tab) => {
        await tab.locator('.head-hint').waitFor();
        await tabTo(tab, '.head-tools button:last-of-type');
        await tab.keyboard.press('Enter');
        await focused(tab, '.dialog input[name="name"]');
        await tab.keyboard.type('trucban');
        await tab.keyboard.press('Tab');
        await tab.keyboard.type(server.password('trucban'));
        await tab.keyboard.press('Enter');
        await waiting(tab).first().waitFor();
        id = await waiting(tab).first().getAttribute('data-warning');
        await tabTo(tab, '.strip-line');
        await tab.keyboard.press('Enter');
        const article = tab.locator(`article[data-warning="${id}"]`);
        await article.waitFor();
        same(await article.getAttribute('data-state'), 'draft', 'state before');
        const watched = tab.evaluate(() => new Promise((done) => {
          const out = document.querySelector('article .state');
          new MutationObserver(() => done(out.innerText)).observe(out, { childList: true, characterData: true, subtree: true });
        }));
        const read = () => tab.evaluate((path) => fetch(path).then((answer) => answer.json()), `/api/v1/warnings/${id}`);
        await tabTo(tab, '[data-act="confirm"]');
        await tab.keyboard.press('Enter');
        await focused(tab, '.second textarea');
        expect(/Phát bản nháp số \d+, Báo động 3, tới tất cả người nhận\?/.test(await tab.locator('.sure').innerText()), 'the second question');
        same((await read()).warning.state, 'draft', 'one click does not issue');
        await tab.keyboard.type('Đã gọi điện cho trạm');
        await tabTo(tab, '[data-act="do-confirm"]');
        await tab.keyboard.press('Enter');
        await tab.locator(`article[data-warning="${id}"][data-state="issued"]`).waitFor();
        same(await watched, 'đang hiệu lực', 'state after, in words');
        await tab.getByText('Đã gọi điện cho trạm').first().waitFor();
        await tab.locator('.log', { hasText: 'Trực ban (diễn tập) (trucban)' }).waitFor();
        const { warning, messages } = await until('the warning has a message', async () => {
          const detail = await read();
          return detail.messages.length > 0 && detail;
        });
        same([warning.state, messages[0].author.by], ['issued', 'person'], 'who issued it');
      });
      for (const size of [DESKTOP, PHONE]) {
        await page({ size }, async (tab) => {
          const asked = [];
          tab.on('request', (one) => asked.push(one.url()));
          await tab.locator(`.strip.is-issued .chip[data-warning="${id}"]`).click();
          const article = tab.locator(`article[data-warning="${id}"]`);
          await article.locator('.messages .by', { hasText: 'do người trực ban phát lúc' }).first().waitFor();
          const text = await article.innerText();
          expect(!/trucban|Trực ban \(|\bstaff\b/.test(text), `a name is shown:\n${text}`);
          same(await article.locator('.people, .draft, button[data-act]').count(), 0, 'recipients, drafts and buttons');
          same(asked.filter((url) => url.includes('/notices')), [], 'questions about notices');
        });
      }
    },
  },
];
