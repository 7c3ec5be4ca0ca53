/** What a station sends and nobody can use is there to be seen, with its reason. */

import { publish } from '../server.mjs';
import { signIn } from '../visit.mjs';
import { expect, until } from '../wait.mjs';

const GARBAGE = [
  ['rác không phải JSON', 'không phải JSON'],
  [JSON.stringify({ readings: { water_level: -999 } }), 'mã thiếu số liệu'],
  [JSON.stringify({ readings: { moon_phase: 1 } }), 'yếu tố chưa khai báo'],
  [JSON.stringify({ time: '2000-01-01T00:00:00Z', readings: { water_level: 5 } }), 'thời gian quá cũ (đồng hồ mất nguồn)'],
  [Buffer.from([0xff, 0xfe, 0x00, 0x41]), 'không phải UTF-8'],
];

export const cases = [
  {
    name: 'garbage is shown with its reason, and its bytes to who is signed in',
    async run({ server, page }) {
      const secret = await server.secret('binh-nghi');
      for (const [body] of GARBAGE) await publish(server, 'binh-nghi', secret, body);
      const stored = async () => (await server.get('/api/v1/set-aside'))?.items.length >= GARBAGE.length;
      await until('the garbage is stored', stored);
      await page({ path: '/de-rieng' }, async (tab) => {
        const list = tab.locator('.aside-list > li');
        await list.nth(GARBAGE.length - 1).getByText('Bình Nghi').waitFor();
        const said = (await list.locator('.aside-head').allInnerTexts()).join('\n');
        for (const [, reason] of GARBAGE) expect(said.includes(reason), `'${reason}' is missing in:\n${said}`);
        expect(said.includes('Bình Nghi'), `the station has no name in:\n${said}`);
        expect((await tab.locator('.aside-list details').count()) === 0, 'raw bytes are shown to nobody');
        await tab.getByRole('button', { name: 'Đăng nhập để xem nội dung gốc' }).click();
        await signIn(tab, server, 'admin');
        const first = tab.locator('.aside-list details').first();
        await first.waitFor();
        await tab.locator('.aside-list summary').evaluateAll((all) => all.forEach((one) => one.click()));
        const raw = (await tab.locator('.aside-list pre').allInnerTexts()).join('\n');
        expect(raw.includes('rác không phải JSON'), `the text as it came is missing in:\n${raw}`);
        const before = await list.count();
        await publish(server, 'binh-nghi', secret, '[1, 2');
        await list.nth(before).waitFor();
        expect(/ff fe 00 41/.test(raw), `the bytes as they came are missing in:\n${raw}`);
      });
    },
  },
];
