/** What is for paper and for bad links: the bulletin on A4, the page without script. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pdfPages } from '../pdf.mjs';
import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same, until } from '../wait.mjs';

const PICTURES = process.env.QUANTRAC_PICTURES;
const tight = (text) => text.replace(/\s+/g, '');

export const cases = [
  {
    name: 'the bulletin is written, kept in the browser, and printed on A4 without a cut table',
    looks: true,
    async run({ page }) {
      await page({ as: 'trucban', path: '/bao-cao' }, async (tab) => {
        await tab.locator('.sheet-table[data-table="stages"] tbody tr').nth(6).waitFor();
        const title = (await tab.locator('.sheet-title').innerText()).trim();
        expect(/^TIN LŨ KHẨN CẤP TRÊN /.test(title), `the title: ${title}`);
        expect(/agencies\.toml: above_vi, place, code, signer_vi/.test(await tab.locator('[data-missing]').innerText()), 'what the configuration lacks');
        await tab.getByLabel('Địa danh').fill('Gia Lai');
        await tab.getByLabel('Cơ quan chủ quản').fill('Cơ quan cấp trên thử nghiệm');
        await tab.getByLabel('Dự báo, xu thế').fill('Lũ trên các sông tiếp tục lên.\nĐỉnh lũ có khả năng xuất hiện sáng nay.');
        await tab.getByLabel('Tác động có thể xảy ra').fill('Ngập sâu vùng hạ lưu. '.repeat(30));
        await tab.getByLabel('Cấp độ rủi ro').selectOption('3');
        await tab.getByLabel('Nơi nhận').fill('UBND các xã\nĐài truyền thanh');
        await tab.getByRole('checkbox', { name: 'Bồng Sơn' }).uncheck();
        same(await tab.locator('.sheet-table [data-station="bong-son"]').count(), 0, 'a station that was left out');

        // The numbers are those of the readings.
        const api = await tab.evaluate(() => fetch('/api/v1/latest?station=dieu-tri&parameter=water_level').then((answer) => answer.json()));
        const row = tight(await tab.locator('[data-station="dieu-tri"]').innerText());
        expect(row.includes(api.items[0].value.toFixed(2).replace('.', ',')), `${row} has no ${api.items[0].value}`);
        expect(/trênBĐ31,\d\dm/.test(row), `against the alarm level: ${row}`);

        await tab.reload();
        await tab.locator('.sheet-risk', { hasText: 'Cấp 3' }).waitFor();
        same(await tab.getByLabel('Địa danh').inputValue(), 'Gia Lai', 'what was written');

        await tab.emulateMedia({ media: 'print' });
        const cut = await tab.evaluate(() => [...document.querySelectorAll('.sheet, .sheet *')].filter((one) => !one.closest('.sheet-stamp') && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0).map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`));
        same(cut, [], 'what is wider than its place');
        same(await tab.locator('.head, .realm, .paper-side, .trouble-bar').evaluateAll((all) => all.filter((one) => one.checkVisibility()).length), 0, 'what is no bulletin');
        const bytes = await tab.pdf({ preferCSSPageSize: true, printBackground: true });
        if (PICTURES) writeFileSync(join(PICTURES, 'bulletin.pdf'), bytes);
        expect(/\/MediaBox \[0 0 59[4-6][.\d]* 84[1-2]/.test(bytes.toString('latin1')), 'the pages are not A4');
        const pages = pdfPages(bytes);
        expect(pages.length >= 2 && pages.length <= 4, `${pages.length} pages`);
        for (const [i, text] of pages.entries()) {
          expect(text.includes('DIỄNTẬP'), `page ${i + 1} does not say that it is an exercise`);
          expect(text.includes(`${i + 1}/${pages.length}`), `page ${i + 1} has no number`);
        }
        const whole = pages.join('');
        for (const words of ['CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 'CƠ QUAN CẤP TRÊN THỬ NGHIỆM', 'ĐÀI KHÍ TƯỢNG THỦY VĂN TỈNH GIA LAI', 'trên BĐ3', 'Đỉnh lũ có khả năng xuất hiện sáng nay.', 'Cấp độ rủi ro thiên tai do lũ: Cấp 3', 'Tin tiếp theo phát lúc 03:30', 'Đài truyền thanh']) {
          expect(whole.includes(tight(words)), `the PDF does not say '${words}'`);
        }
        expect(!whole.includes('Thanhđiềuhướng') && !whole.includes('Đăngxuất'), 'the menu is on paper');
      });
    },
  },
  {
    name: 'a bulletin of another instant says what was known then; who is not on duty writes none',
    looks: true,
    async run({ page }) {
      await page({ path: '/bao-cao?luc=2025-11-18T07%3A00' }, async (tab) => {
        await tab.locator('.sheet-as-of', { hasText: '07:00 18/11/2025' }).waitFor();
        same(await tab.locator('.paper-form').count(), 0, 'forms');
        await tab.getByText('Đăng nhập bằng tài khoản trực ban').waitFor();
        await tab.getByLabel('Số liệu lúc').fill('25:00 18/11/2025');
        await tab.getByRole('button', { name: 'Xem', exact: true }).click();
        await tab.getByText('Hãy ghi như 02:00 19/11/2025').waitFor();
        await tab.getByLabel('Số liệu lúc').fill('18/11/2025 19:30');
        await tab.getByRole('button', { name: 'Xem', exact: true }).click();
        await tab.locator('.sheet-as-of', { hasText: '19:30 18/11/2025' }).waitFor();
        same(new URL(tab.url()).searchParams.get('luc'), '2025-11-18T19:30', 'the address');
        const late = await tab.locator('.sheet-table[data-table="stages"] tbody td:nth-child(3)').allInnerTexts();
        expect(late.every((one) => /^1[0-9]:\d\d 18\/11$/.test(one)), `read later than then: ${late}`);
        expect(/Từ 19 giờ 17\/11 đến 19 giờ 18\/11/.test(await tab.locator('[data-table="rain"] thead').innerText()), 'the rain day');
      });
    },
  },
  {
    name: 'without JavaScript the light page says what stands where, and fits a telephone',
    looks: true,
    async run({ page }) {
      for (const size of [DESKTOP, PHONE]) {
        for (const theme of ['light', 'dark']) {
          await page({ size, theme, path: '/nhe', script: false }, async (tab) => {
            const picture = async (name) => PICTURES && tab.screenshot({ path: join(PICTURES, `light-${name}-${size === PHONE ? 'phone' : 'desk'}-${theme}.png`), fullPage: true });
            await tab.locator('.r', { hasText: 'DIỄN TẬP' }).waitFor();
            const first = tight(await tab.locator('tbody tr').first().innerText());
            expect(/^DiêuTrìsôngHàThanh6,\d\dm■BĐ3,trênBĐ31,\d\dm/.test(first), `the worst: ${first}`);
            await picture('list');
            await tab.getByRole('link', { name: 'Diêu Trì' }).click();
            await tab.locator('tr.now').waitFor();
            await picture('station');
            const wide = await tab.locator('html').evaluate((one) => one.scrollWidth - one.clientWidth).catch(() => 0);
            expect(wide <= 0, `${wide} px wider than the window`);
            await tab.getByRole('link', { name: 'English' }).click();
            await tab.getByText('EXERCISE – not a real situation').waitFor();
            await tab.getByRole('link', { name: 'All stations' }).click();
            await tab.locator('.r').waitFor();
          });
        }
      }
      await page({ path: '/', script: false }, async (tab) => {
        await tab.getByRole('link', { name: 'trang nhẹ' }).click();
        await tab.locator('.r').waitFor();
      });
    },
  },
  {
    name: 'the light page tells a warning that went out, and what to do',
    async run({ page, server }) {
      const cookie = await server.cookie('trucban');
      const headers = { cookie: `${cookie.name}=${cookie.value}`, 'content-type': 'application/json', origin: server.address };
      const open = await (await fetch(`${server.address}/api/v1/warnings?open=true`, { headers })).json();
      const waits = open.items.find((one) => one.draft && one.hazard === 'flood') ?? open.items.find((one) => one.draft);
      if (waits) {
        const body = JSON.stringify({ draft: waits.draft.number });
        const answer = await fetch(`${server.address}/api/v1/warnings/${waits.id}/confirm`, { method: 'POST', headers, body });
        expect(answer.ok, `confirmed: ${answer.status} ${await answer.text()}`);
      }
      await page({ size: PHONE, path: '/nhe?lang=en', script: false }, async (tab) => {
        // One rendered copy is for everybody, for some seconds.
        await until('the warning is there', async () => {
          await tab.reload();
          return (await tab.locator('.w a').count()) > 0;
        });
        await tab.locator('.w a').first().click();
        await tab.getByText('What to do').waitFor();
      });
    },
  },
  {
    name: 'the ladder of levels has the water on its rung and says how far past floods are',
    looks: true,
    async run({ page }) {
      await page({ path: '/tram/dieu-tri' }, async (tab) => {
        await until('the ladder', async () => (await tab.locator('.levels [data-rung]').count()) >= 5);
        const rungs = await tab.locator('.levels [data-rung]').allInnerTexts();
        const [water] = rungs.filter((one) => one.startsWith('Mực nước hiện nay'));
        const at = rungs.indexOf(water);
        expect(at > 0 && /BĐ3/.test(rungs[at + 1]), `the water stands here: ${rungs}`);
        expect(rungs.some((one) => /11\/2009[\s\S]*nguồn khác: 7,17 m[\s\S]*thấp hơn 0,\d\d m/.test(one)), `no flood of 2009: ${rungs}`);
        const sources = await tab.locator('.sources td:last-child').allInnerTexts();
        expect(sources.some((one) => /như trong các bản tin/.test(one)) && !sources.some((one) => /as in bulletins/.test(one)), `sources: ${sources}`);
      });
    },
  },
];
