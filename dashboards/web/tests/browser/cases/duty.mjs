/** The duty desk: a shift goes from one person to another, a draft is looked after, edited, rejected; somebody is called. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { publish, stages } from '../server.mjs';
import { expect, same, until } from '../wait.mjs';

/** There is no mail server, and a mail is given up soon: people must be called. */
const SETTINGS = '[delivery.retry]\nfirst = "1s"\ngive_up_after = "2s"\n';

const focused = (tab, selector) =>
  tab.waitForFunction((one) => document.activeElement?.matches(one) === true, selector);

async function tabTo(tab, selector) {
  for (let step = 0; step < 160; step += 1) {
    if (await tab.evaluate((one) => document.activeElement?.matches(one) === true, selector)) return;
    await tab.keyboard.press('Tab');
  }
  throw new Error(`the Tab key never reaches ${selector}`);
}

/** Two officers, and a river above its first level. */
async function desk(start, folder, name) {
  const settings = join(folder, `${name}.toml`);
  writeFileSync(settings, SETTINGS);
  const server = await start(['serve', '--exercise', '--settings', settings], name);
  for (const [user, full] of [['lan', 'Kíp trưởng Một'], ['minh', 'Kíp trưởng Hai']]) {
    const told = await server.command('user', 'add', user, '--role', 'duty-officer', '--full-name', full);
    server.said += `\n'${user}', password ${/password (\S+)/.exec(told)[1]}\n`;
  }
  const secret = await server.secret('thanh-hoa');
  const send = (...all) => publish(server, 'thanh-hoa', secret, stages(...all));
  await send([5.7, 40], [5.9, 30], [6.05, 20], [6.21, 10]);
  return { server, send };
}

export const cases = [
  {
    name: 'a shift is handed over, a draft looked after and edited, a call written down, all seen by the colleague at once',
    async run({ page, start, folder }) {
      const { server, send } = await desk(start, folder, 'handover');
      await page({ server, as: 'lan' }, (lan) => page({ server, as: 'minh' }, async (minh) => {
        const strip = (tab, user) => tab.locator(`.duty-strip[data-on-duty="${user}"]`);
        await strip(minh, '').getByText('chưa có ai nhận ca').waitFor();
        await lan.locator('[data-act="take-over"]').click();
        await lan.locator('.dialog .picture').waitFor();
        await lan.locator('[data-act="do-take"]').click();
        await strip(lan, 'lan').waitFor();
        await strip(minh, 'lan').getByText('Kíp trưởng Một (lan)').waitFor();

        // Handed over with how things stand, accepted only after reading.
        await lan.locator('[data-act="give"]').click();
        const dialog = lan.locator('.dialog');
        await dialog.getByText(/Cảnh báo đang mở: 1, chờ xác nhận: 1/).waitFor();
        await dialog.getByLabel('Giao cho').selectOption('minh');
        await dialog.getByLabel('Điều người nhận ca cần biết').fill('Thạnh Hòa lên nhanh');
        await lan.locator('[data-act="do-give"]').click();
        await dialog.waitFor({ state: 'detached' });
        await strip(lan, 'lan').getByText(/đã giao ca cho Kíp trưởng Hai/).waitFor();
        await strip(minh, 'lan').getByText(/đã giao ca cho Kíp trưởng Hai/).waitFor();
        await minh.locator('[data-act="take-over"]').click();
        await minh.locator('.dialog').getByText('Thạnh Hòa lên nhanh').waitFor();
        await minh.locator('.dialog').getByText('Tình hình lúc giao ca').waitFor();
        await minh.locator('[data-act="do-take"]').click();
        await strip(lan, 'minh').waitFor();
        same(await strip(lan, 'minh').getByText('không có giao ca').count(), 0, 'it was handed over');

        // One looks after the draft, the other sees who.
        await minh.locator('.strip-row [data-act="claim"]').click();
        await lan.locator('.strip-row').getByText('Kíp trưởng Hai (minh) đang xử lý').waitFor();

        // Own words outlive a change of the draft, and what changed is said.
        await minh.locator('[data-act="here"]').click();
        const here = minh.locator('.draft-here');
        await here.locator('[data-act="edit"]').click();
        const headline = here.locator('[data-field="vi-headline"]');
        const before = await headline.inputValue();
        await headline.fill('x'.repeat(141));
        await here.getByText('141/140 – quá dài').waitFor();
        expect(await here.locator('[data-act="confirm"]').isDisabled(), 'too long a headline may go out');
        await headline.fill(`${before} (đã gọi trạm)`);
        await here.locator('[data-act="confirm"]').click();
        await here.locator('[data-act="do-confirm"]').waitFor();
        await send([6.8, 6], [7.1, 3], [7.32]);
        await here.locator('.changed').getByText(/cấp: .*1.* → .*2/).waitFor();
        same(await here.locator('[data-act="do-confirm"]').count(), 0, 'what was asked about another draft can be confirmed');
        same(await headline.inputValue(), `${before} (đã gọi trạm)`, 'the words of the officer');
        await here.locator('[data-act="keep"]').click();
        await here.locator('[data-act="confirm"]').click();
        await here.locator('.sure').getByText('Nội dung đã được sửa').waitFor();
        await here.locator('[data-act="do-confirm"]').click();
        await here.locator('.state-issued').waitFor();
        const id = await here.getAttribute('data-here');

        await lan.goto(`${server.address}/canh-bao/${id}`);
        const article = lan.locator('article.warning');
        await article.locator('.messages').getByText(`${before} (đã gọi trạm)`).waitFor();
        await article.locator('.messages .mark', { hasText: 'nội dung do người trực ban sửa' }).waitFor();

        // Nobody got the mail: whoever must be called comes first, with a telephone; the call is written by keyboard.
        const first = article.locator('.calls > li').first();
        await article.locator('.calls > li[data-need="given_up"]').first().waitFor({ timeout: 30_000 });
        const who = await first.getAttribute('data-recipient');
        same(await first.locator('a.phone').getAttribute('href'), 'tel:+84000000101', 'what is dialled');
        await tabTo(lan, '.calls [data-act="call"]');
        await lan.keyboard.press('Enter');
        await focused(lan, '.call-form input[type="radio"]');
        await lan.keyboard.press('Space');
        await lan.keyboard.press('Tab');
        await lan.keyboard.type('đã rõ, cho người ra trạm');
        await lan.keyboard.press('Enter');
        const row = article.locator(`.calls > li[data-recipient="${who}"]`);
        await row.and(article.locator('[data-need="confirmed"]')).waitFor();
        await row.getByText(/qua điện thoại, Kíp trưởng Một \(lan\) ghi/).waitFor();
        await row.getByText('đã rõ, cho người ra trạm').waitFor();

        // The log has it all, by shift.
        await minh.goto(`${server.address}/so-truc`);
        const watch = minh.locator('.watch[data-shift="minh"]');
        await watch.locator('[data-what="call"]').waitFor();
        await minh.getByLabel('Ghi vào sổ trực').fill('Kiểm tra máy phát điện');
        await minh.locator('[data-act="note"]').click();
        await watch.locator('[data-what="note"]', { hasText: 'Kiểm tra máy phát điện' }).waitFor();
        for (const what of ['take', 'take_over']) await watch.locator(`[data-what="${what}"]`).first().waitFor();
        await watch.getByText('sửa nội dung, xác nhận và phát').waitFor();
        const lans = minh.locator('.watch[data-shift="lan"]');
        await lans.locator('[data-what="hand_over"] summary').click();
        await lans.getByText(/Cảnh báo đang mở: 1/).waitFor();
        await minh.getByRole('link', { name: '24 giờ' }).click();
        same(new URL(minh.url()).search, '?khoang=24h', 'the range in the address');
        await minh.emulateMedia({ media: 'print' });
        same(await minh.locator('.head, .note-form, .station-tools').filter({ visible: true }).count(), 0, 'controls on paper');
        same(await minh.locator('.watch').first().isVisible(), true, 'the log on paper');
      }));
      await server.kill();
    },
  },
  {
    name: 'a draft is rejected with a reason on the duty desk, by keyboard alone',
    async run({ page, start, folder }) {
      const { server } = await desk(start, folder, 'rejecting');
      await page({ server, as: 'lan' }, async (tab) => {
        await tab.locator('.strip-row').first().waitFor();
        const id = await tab.locator('.strip-line').first().getAttribute('data-warning');
        await tabTo(tab, '[data-act="here"]');
        await tab.keyboard.press('Enter');
        await focused(tab, '.draft-here');
        await tabTo(tab, '.draft-here [data-act="reject"]');
        await tab.keyboard.press('Enter');
        await focused(tab, '.second textarea');
        expect(await tab.locator('[data-act="do-reject"]').isDisabled(), 'no reason is asked for');
        await tab.keyboard.type('máy đo kẹt rác');
        await tabTo(tab, '[data-act="do-reject"]');
        await tab.keyboard.press('Enter');
        const { warning } = await until('the draft is rejected', async () => {
          const detail = await tab.evaluate((path) => fetch(path).then((answer) => answer.json()), `/api/v1/warnings/${id}`);
          return detail.warning.state === 'rejected' && detail;
        });
        const line = warning.log.find((one) => one.what === 'rejected');
        same([line.who, line.detail], ['Kíp trưởng Một (lan)', 'máy đo kẹt rác'], 'who rejected, and why');
        await tab.locator('.draft-here').getByText('Đã thực hiện.').waitFor();
      });
      await server.kill();
    },
  },
];
