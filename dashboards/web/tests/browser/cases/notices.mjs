/** Who could not be reached is seen by a duty officer, who sends again or says why that is not needed. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { publish, stages } from '../server.mjs';
import { expect, until } from '../wait.mjs';

/** There is no mail server, and a mail is given up soon. */
const SETTINGS = '[delivery.retry]\nfirst = "1s"\ngive_up_after = "2s"\n';

/** A server on which nobody is ever reached, with a draft that asks for a decision. */
async function unreachable(start, folder) {
  const settings = join(folder, 'unreachable.toml');
  writeFileSync(settings, SETTINGS);
  const server = await start(['serve', '--exercise', '--settings', settings], 'unreachable');
  const secret = await server.secret('thanh-hoa');
  await publish(server, 'thanh-hoa', secret, stages([5.7, 30], [5.9, 20], [6.05, 10], [6.21]));
  return server;
}

export const cases = [
  {
    name: 'a notice that was given up is sent again or dismissed with a reason, and a refusal is told in words',
    async run({ page, start, folder }) {
      const server = await unreachable(start, folder);
      const refused = (text) => /status of 409/.test(text);
      await page({ server, as: 'admin', path: '/canh-bao', mayFail: refused }, async (tab) => {
        const bar = tab.locator('.trouble[data-trouble^="delivery"]');
        await bar.waitFor({ timeout: 30_000 });
        const dead = tab.locator('[data-notice][data-state="dead"]');
        await dead.first().waitFor({ timeout: 30_000 });
        const id = await dead.first().getAttribute('data-notice');
        const one = tab.locator(`[data-notice="${id}"]`);
        expect(/^không gửi được\s+Bản nháp số \d+ · thư điện tử/.test(await one.innerText()), `the notice reads: ${await one.innerText()}`);

        await one.getByRole('button', { name: 'Gửi lại' }).click();
        await tab.locator(`[data-notice="${id}"]:not([data-state="dead"])`).waitFor();
        await tab.locator(`[data-notice="${id}"][data-state="dead"]`).waitFor({ timeout: 40_000 });

        await one.getByRole('button', { name: 'Không cần gửi nữa' }).click();
        const field = one.getByLabel('Lý do (bắt buộc)');
        expect(await one.getByRole('button', { name: 'Bỏ khỏi danh sách' }).isDisabled(), 'no reason is asked for');
        await field.fill('đã báo qua điện thoại');
        // Meanwhile a colleague was quicker.
        const path = `/api/v1/notices/${encodeURIComponent(id)}/dismiss`;
        const post = (to) => fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"reason":"gọi rồi"}' });
        expect(await tab.evaluate(`(${post})(${JSON.stringify(path)}).then((answer) => answer.ok)`), 'the colleague is refused');
        await field.press('Enter');
        await one.getByRole('alert').filter({ hasText: 'Không thực hiện được: nội dung vừa thay đổi' }).waitFor();
        await tab.locator(`[data-notice="${id}"][data-state="settled"]`).waitFor();

        await until('every other notice is dismissed', async () => {
          if ((await bar.count()) === 0) return true;
          if ((await dead.count()) === 0) return false;
          const next = tab.locator(`[data-notice="${await dead.first().getAttribute('data-notice')}"]`);
          await next.getByRole('button', { name: 'Không cần gửi nữa' }).click();
          await next.getByLabel('Lý do (bắt buộc)').fill('đã báo qua điện thoại');
          await next.getByRole('button', { name: 'Bỏ khỏi danh sách' }).click();
          await next.getByText('không cần nữa').first().waitFor();
          await next.locator('summary').click();
          await next.getByText('đã báo qua điện thoại').waitFor();
          return false;
        }, { seconds: 60, every: 500 });
      });
      await server.kill();
    },
  },
];
