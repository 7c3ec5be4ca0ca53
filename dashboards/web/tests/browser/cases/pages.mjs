/** What each page is for, in the night of the flood. */

import { readFileSync } from 'node:fs';

import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same, until } from '../wait.mjs';

const PAGES = [
  ['/', 'Trực ban', '#river-list li'],
  ['/canh-bao', 'Cảnh báo', '#warnings-title'],
  ['/mua', 'Mưa', '.rain-matrix'],
  ['/gio', 'Gió', '.rose'],
  ['/so-do', 'Sơ đồ', '.scheme .stop'],
  ['/suc-khoe', 'Sức khỏe trạm', '.health-list li'],
  ['/kiem-dinh', 'Kiểm định', '.review-door'],
  ['/de-rieng', 'Để riêng', '.aside'],
  ['/bao-cao', 'Bản tin', '.sheet-table'],
  ['/man-hinh', 'Màn hình lớn', '.wall-station'],
];
const number = (text) => Number(text.replace(/[^\d,−-]/g, '').replace('−', '-').replace(',', '.'));
const sorted = (all) => all.every((one, i) => i === 0 || all[i - 1] >= one);

export const cases = [
  {
    name: 'every page has a link in the menu, a name of its own, and an address that opens it directly',
    looks: true,
    async run({ page }) {
      for (const size of [DESKTOP, PHONE]) {
        await page({ size }, async (tab) => {
          for (const [path, name, sign] of PAGES.slice(1)) {
            if (size === PHONE) await tab.locator('.menu').click();
            const link = tab.locator('.tabs a', { hasText: name });
            if (!(await link.isVisible())) await tab.locator('.tab-more').click();
            await link.click();
            await tab.locator(sign).first().waitFor();
            same(new URL(tab.url()).pathname, path, `the address of ${name}`);
            await tab.waitForFunction((start) => document.title.startsWith(start), `${name} – `);
            if (size === DESKTOP) {
              await tab.reload();
              await tab.locator(sign).first().waitFor();
            }
            if (path === '/man-hinh') await tab.getByRole('link', { name: 'Về trực ban' }).click();
          }
          await tab.locator('#river-list li').first().waitFor();
          await tab.goBack();
          await tab.locator('.wall-station').first().waitFor();
        });
      }
    },
  },
  {
    name: 'an address from before, all in the fragment, opens the same page',
    looks: true,
    async run({ page }) {
      await page({ path: '/#/tram/dieu-tri?khoang=24h' }, async (tab) => {
        await tab.locator('.plot canvas').waitFor();
        const { pathname, search, hash } = new URL(tab.url());
        same([pathname, search, hash], ['/tram/dieu-tri', '?khoang=24h', ''], 'the address now');
      });
    },
  },
  {
    name: 'the alarm strip counts every river station once, and names the worst',
    looks: true,
    async run({ page }) {
      await page({}, async (tab) => {
        await tab.locator('.alarm-strip').waitFor();
        const levels = await tab.locator('#river-list a').evaluateAll((all) => all.map((one) => one.dataset.level));
        const counts = await tab.locator('[data-tally]').evaluateAll((all) => Object.fromEntries(all.map((one) => [one.dataset.tally, Number(one.dataset.count)])));
        const at = (level) => levels.filter((one) => one === level).length;
        same([counts.bd3, counts.bd2, counts.bd1, counts.below], [at('3'), at('2'), at('1'), at('0')], 'counts');
        expect(/^Cao nhất Diêu Trì, sông Hà Thanh: 6,\d\d m/.test((await tab.locator('.worst').innerText()).replace(/\s+/g, ' ')), 'the worst');
      });
    },
  },
  {
    name: 'what waits blinks in the title and rings, again and again, until the bell is switched off',
    looks: true,
    async run({ page }) {
      const before = () => {
        window.rings = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...how) {
          window.rings += 1;
          return start.apply(this, how);
        };
        // Twenty seconds between two rings are too long for a test.
        const real = window.setInterval;
        window.setInterval = (act, ms, ...more) => real(act, ms === 20_000 ? 300 : ms, ...more);
      };
      await page({ as: 'trucban', motion: 'no-preference', before }, async (tab) => {
        await tab.waitForFunction(() => /^⚠ \d+ cảnh báo chờ xác nhận/.test(document.title));
        await tab.waitForFunction(() => /^\(\d+\) Trực ban – /.test(document.title));
        same(await tab.evaluate(() => window.rings), 0, 'rings before anybody asked for sound');
        await tab.locator('.strip-sound').click();
        await tab.waitForFunction(() => window.rings >= 6);
        await tab.getByRole('button', { name: 'Tắt âm thanh' }).click();
        const then = await tab.evaluate(() => window.rings);
        await tab.evaluate(() => new Promise((next) => setTimeout(next, 700)));
        same(await tab.evaluate(() => window.rings), then, 'rings after it was switched off');
      });
    },
  },
  {
    name: 'on a wide screen a click shows the station beside the list, on a phone it opens its page',
    looks: true,
    async run({ page }) {
      await page({}, async (tab) => {
        await tab.locator('#river-list [data-station="van-canh"]').click();
        await tab.locator('.board-view [data-station="van-canh"].station').waitFor();
        same(new URL(tab.url()).search, '?tram=van-canh', 'the address');
        await tab.getByRole('link', { name: 'Mở trang trạm Vân Canh' }).click();
        await tab.locator('.station-page').waitFor();
      });
      await page({ size: PHONE }, async (tab) => {
        await tab.locator('#river-list [data-station="van-canh"]').click();
        await tab.locator('.station-page').waitFor();
        same(new URL(tab.url()).pathname, '/tram/van-canh', 'the address');
      });
    },
  },
  {
    name: 'a station page: any days, neighbours on the river, why readings are in doubt, its sources',
    looks: true,
    async run({ page }) {
      await page({ path: '/tram/thanh-hoa?khoang=2025-11-17..2025-11-18' }, async (tab) => {
        await tab.waitForFunction(() => Number(document.querySelector('.plot')?.dataset.points) > 250);
        same(await tab.getByLabel('Từ ngày').inputValue(), '17/11/2025', 'the first day');
        expect(Number(await tab.locator('.plot').getAttribute('data-points')) <= 290, 'more than two days are drawn');
        await tab.getByLabel('Từ ngày').fill('18/11/2025');
        await tab.getByRole('button', { name: 'Xem', exact: true }).click();
        await tab.waitForFunction(() => location.search === '?khoang=2025-11-18..2025-11-18');
        await tab.waitForFunction(() => Number(document.querySelector('.plot')?.dataset.points) <= 146);

        const up = tab.locator('.neighbour', { hasText: 'Bình Nghi' });
        expect(/Thượng lưu[\s\S]*Bình Nghi[\s\S]*Hạ lưu/.test(await tab.locator('.station-side').innerText()), 'Bình Nghi is not upstream');
        const sources = await tab.locator('.sources tbody tr').allInnerTexts();
        expect(sources.length >= 4 && sources.every((one) => one.split('\t')[3]?.length > 5), `levels without a source: ${sources}`);
        await up.click();
        await tab.waitForFunction(() => location.pathname === '/tram/binh-nghi');
        await tab.locator('#station-title', { hasText: 'Bình Nghi, sông Kôn: 1' }).waitFor();
      });
    },
  },
  {
    name: 'the CSV has every reading of the range, as many as were told before',
    looks: true,
    async run({ page }) {
      await page({ path: '/tram/dieu-tri?khoang=24h' }, async (tab) => {
        await tab.waitForFunction(() => Number(document.querySelector('.plot')?.dataset.points) > 140);
        const button = tab.getByRole('button', { name: /Tải CSV/ });
        const [, told, size] = /khoảng (\d+) dòng, (\d+) KB/.exec(await button.innerText());
        const waiting = tab.waitForEvent('download');
        await button.click();
        const file = await waiting;
        expect(/^dieu-tri_water_level_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv$/.test(file.suggestedFilename()), `the file is called ${file.suggestedFilename()}`);
        const text = readFileSync(await file.path(), 'utf8');
        const lines = text.trim().split('\r\n');
        expect(Math.abs(lines.length - 1 - Number(told)) <= 2, `${lines.length - 1} lines, ${told} were told`);
        expect(Math.abs(text.length / 1_000 - Number(size)) < 2, `${text.length} bytes, ${size} KB were told`);
        expect(/^dieu-tri,water_level,m,2025-11-1\dT\d\d:\d\d:00\+07:00,\d\.\d+,[123],/.test(lines[5]), `a line: ${lines[5]}`);
      });
    },
  },
  {
    name: 'an unknown station is said to be unknown, and the way back is offered',
    looks: true,
    async run({ page }) {
      await page({ path: '/tram/khong-co' }, async (tab) => {
        await tab.getByText('Không có trạm “khong-co”.').waitFor();
        same(await tab.locator('.station-page').count(), 0, 'pages of it');
      });
    },
  },
  {
    name: 'the rain matrix is sorted by any column, by keyboard, in the address; what is incomplete says so',
    looks: true,
    async run({ page }) {
      await page({ path: '/mua' }, async (tab) => {
        const column = (name) => tab.locator(`.rain-matrix tbody:last-child .col-${name} [data-mm]`).evaluateAll((all) => all.map((one) => Number(one.dataset.mm)));
        await tab.locator('.rain-matrix tbody tr').nth(20).waitFor();
        const day = await column('24h');
        expect(day.length > 15 && day[0] > 50 && sorted(day), `24 h: ${day}`);
        const head = tab.locator('th.col-72h button');
        await head.focus();
        await tab.keyboard.press('Enter');
        await tab.waitForFunction(() => location.search === '?xep=72h');
        same(await tab.locator('th.col-72h').getAttribute('aria-sort'), 'descending', 'the column says so');
        expect(sorted(await column('72h')), '72 h');
        // Two days of flood cannot fill 72 hours.
        const cell = await tab.locator('.rain-matrix tbody:last-child .col-72h').first().innerText();
        expect(/^\d+,\d\s+ít nhất · [67]\d%$/.test(cell), `72 h of the wettest: ${cell}`);
        await tab.reload();
        await tab.locator('th.col-72h[aria-sort="descending"]').waitFor();
        same(await tab.locator('.rain-matrix tbody').count(), 2, 'basins and stations');
      });
      await page({ size: PHONE, path: '/mua' }, async (tab) => {
        await tab.locator('.rain-matrix tbody tr').nth(20).waitFor();
        same(await tab.locator('.rain-matrix thead th.num:visible').count(), 3, 'columns beside the name');
        await tab.locator('.rain-choice').getByRole('button', { name: '1 giờ', exact: true }).click();
        await tab.locator('th.col-1h.is-sorted').waitFor();
        await tab.getByRole('button', { name: 'Mọi cột' }).click();
        same(await tab.locator('.rain-matrix thead th.num:visible').count(), 9, 'all columns');
      });
    },
  },
  {
    name: 'wind roses say where the wind came from, and their tables add up',
    looks: true,
    async run({ page }) {
      await page({ path: '/gio' }, async (tab) => {
        await tab.locator('.rose:not([data-count="0"])').nth(1).waitFor();
        for (const rose of await tab.locator('.rose').all()) {
          const say = await rose.getAttribute('aria-label');
          expect(/^Hoa gió .+: gió nhiều nhất từ hướng [BĐNT]{1,3} \(\d+%\), lặng gió \d+%, \d+ lần đo$/.test(say) || /chưa có số liệu$/.test(say), `a rose says: ${say}`);
        }
        const card = tab.locator('.rose-card[data-station="quy-nhon"]');
        await card.locator('summary').click();
        const sums = await card.locator('.rose-table tbody td:last-child').allInnerTexts();
        const calm = number(await card.locator('.rose-calm-share').evaluate((one) => one.textContent));
        const whole = sums.reduce((sum, one) => sum + number(one), calm);
        expect(sums.length === 16 && Math.abs(whole - 100) < 2, `the table adds up to ${whole}`);
        await tab.getByRole('link', { name: '7 ngày' }).click();
        await tab.waitForFunction(() => location.search === '?khoang=7d');
      });
    },
  },
  {
    name: 'health has every station with its timeline, as a picture or in words',
    looks: true,
    async run({ page }) {
      await page({ path: '/suc-khoe' }, async (tab) => {
        await tab.locator('.timeline').nth(10).waitFor();
        const total = (await tab.evaluate(() => fetch('/api/v1/stations').then((answer) => answer.json()))).items.length;
        same(await tab.locator('.health-list li').count(), total, 'stations');
        same(await tab.locator('.chain li').count(), 6, 'layers of the server');
        const say = await tab.locator('.health-list [data-station="dieu-tri"] .timeline').getAttribute('aria-label');
        expect(/^Diêu Trì: đủ số liệu 2[2-5] trong 2[3-5] khoảng$/.test(say), `the timeline says: ${say}`);
        await tab.getByRole('button', { name: 'Bằng chữ' }).click();
        await tab.locator('.timeline-words').nth(10).waitFor();
      });
    },
  },
  {
    name: 'the wall is read from afar, goes on by itself, and stops when told',
    looks: true,
    async run({ page }) {
      // Twelve seconds for each river are too long for a test.
      const before = () => {
        const real = window.setTimeout;
        window.setTimeout = (act, ms, ...more) => real(act, ms === 12_000 ? 400 : ms, ...more);
      };
      await page({ size: { width: 1920, height: 1080 }, path: '/man-hinh', before }, async (tab) => {
        await tab.locator('.wall-station').first().waitFor();
        const high = () => tab.evaluate(() => parseFloat(getComputedStyle(document.querySelector('.wall-value')).fontSize));
        expect((await high()) >= 130, `the value is ${await high()} px high`);
        const over = await tab.evaluate(() => document.documentElement.scrollHeight - innerHeight);
        expect(over <= 0, `the wall is ${over} px higher than the screen`);
        const shown = () => tab.locator('.wall-river h2').innerText();
        const seen = new Set();
        await until('three rivers were shown', async () => seen.add(await shown()).size >= 3);
        await tab.getByRole('button', { name: 'Dừng luân phiên' }).click();
        const here = await shown();
        await tab.evaluate(() => new Promise((next) => requestAnimationFrame(() => setTimeout(next, 900))));
        same(await shown(), here, 'the river after it was stopped');
        await tab.keyboard.press('ArrowRight');
        await until('the next river', async () => (await shown()) !== here);
        await tab.keyboard.press('ArrowLeft');
        same(await shown(), here, 'back again');
      });
    },
  },
];
