/** The duty desk in the night of the flood. */

import { gzipSync } from 'node:zlib';

import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same, until } from '../wait.mjs';

/** First load, compressed. */
const BUDGET = 110 * 1024;

const worst = async (tab) => {
  await tab.locator('#river-list li').nth(6).waitFor();
  return tab.locator('#river-list a').evaluateAll((all) =>
    all.map((one) => ({
      station: one.dataset.station,
      level: Number(one.dataset.level),
      value: one.querySelector('.line-value').innerText.replace(/\s/g, ' '),
      compare: one.querySelector('.line-compare').innerText,
      trend: one.querySelector('.line-trend').innerText,
      time: one.querySelector('.line-time').innerText.replace(/\s+/g, ' '),
    })),
  );
};

export const cases = [
  {
    name: 'the list is worst first, each station with value, time, trend and age',
    async run({ page }) {
      for (const size of [DESKTOP, PHONE]) {
        await page({ size }, async (tab) => {
          const lines = await worst(tab);
          same(lines.length, 7, 'stations with alarm levels');
          const levels = lines.map((one) => one.level);
          same(levels, [...levels].sort((a, b) => b - a), 'order of levels');
          same([lines[0].station, lines[0].level], ['dieu-tri', 3], 'the worst station of that night');
          expect(levels.filter((one) => one >= 2).length >= 4, `levels of that night: ${levels}`);
          for (const one of lines) {
            expect(/^\d+,\d\d m$/.test(one.value), `value: ${one.value}`);
            expect(/^(trên|dưới) BĐ[123] \d+,\d\d m(\ncòn \d+,\d\d m đến BĐ[123])?$/.test(one.compare), `comparison: ${one.compare}`);
            expect(/^(lên|xuống|đứng)/.test(one.trend), `trend: ${one.trend}`);
            expect(/^\d\d:\d\d (vừa xong|\d+ phút trước)$/.test(one.time), `time and age: ${one.time}`);
          }
        });
      }
    },
  },
  {
    name: 'nothing is in trouble in a drill: no red bar, no old values',
    async run({ page }) {
      await page({}, async (tab) => {
        await tab.locator('#river-list li').first().waitFor();
        const bars = async () => (await tab.locator('.trouble').allInnerTexts()).join('\n');
        await until('the bars go away', async () => (await bars()) === '', { seconds: 40 });
        same(await tab.locator('main.is-doubtful').count(), 0, 'greyed pages');
      });
    },
  },
  {
    name: 'the hydrograph is drawn with its levels and reads as a sentence',
    async run({ page }) {
      await page({ path: '/tram/dieu-tri' }, async (tab) => {
        const plot = tab.locator('.plot[role="img"]');
        await tab.locator('.plot canvas').waitFor();
        await tab.waitForFunction(() => Number(document.querySelector('.plot').dataset.points) > 200);
        const name = await plot.getAttribute('aria-label');
        const model = /^Diêu Trì, sông Hà Thanh: 6,\d\d m lúc \d\d:\d\d — trên BĐ3 \d,\d\d m — đang (lên|xuống|đứng)/;
        expect(model.test(name), `the chart is called: ${name}`);
        expect(Number(await plot.getAttribute('data-bars')) > 12, 'rain bars are missing');
        // Dots of BĐ3, dashes of BĐ2, the solid BĐ1 and the water: by their own colours on the canvas.
        const painted = await tab.evaluate(() => {
          const canvas = document.querySelector('.plot canvas');
          const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          const style = getComputedStyle(document.querySelector('.plot'));
          return ['line-1', 'line-2', 'line-3', 'stage', 'rain'].map((key) => {
            const hex = style.getPropertyValue(`--${key}`).trim();
            const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
            let count = 0;
            for (let at = 0; at < pixels.length; at += 4) {
              if (Math.abs(pixels[at] - r) + Math.abs(pixels[at + 1] - g) + Math.abs(pixels[at + 2] - b) < 12) count += 1;
            }
            return [key, count];
          });
        });
        for (const [key, count] of painted) expect(count > 150, `${key} has ${count} pixels on the canvas`);
        const marks = (await tab.locator('.levels tbody tr').allInnerTexts()).map((one) => one.replace(/\s+/g, ' '));
        same(marks.map((one) => /hiện nay|BĐ\d/.exec(one)?.[0]).slice(-4), ['hiện nay', 'BĐ3', 'BĐ2', 'BĐ1'], 'the water among its levels');
        await tab.getByRole('button', { name: 'Bảng số liệu' }).click();
        const cells = await tab.locator('.table-twin tbody tr').first().locator('td').allInnerTexts();
        expect(/^\d\d:\d\d 19\/11$/.test(cells[0]) && /^6,\d\d$/.test(cells[1]), `table twin: ${cells}`);
      });
    },
  },
  {
    name: 'a range lives in the address and is kept when the page is loaded again',
    async run({ page }) {
      await page({ path: '/tram/van-canh' }, async (tab) => {
        await tab.getByRole('link', { name: '24 giờ' }).click();
        await tab.waitForFunction(() => location.pathname + location.search === '/tram/van-canh?khoang=24h');
        await tab.reload();
        await tab.locator('.segments [aria-current]', { hasText: '24 giờ' }).waitFor();
        await tab.waitForFunction(() => Number(document.querySelector('.plot')?.dataset.points) > 100);
        expect(Number(await tab.locator('.plot').getAttribute('data-points')) <= 146, 'more than a day is drawn');
      });
    },
  },
  {
    name: 'the schematic shows every river station from source to mouth',
    async run({ page }) {
      for (const [size, path] of [[DESKTOP, '/'], [PHONE, '/so-do']]) {
        await page({ size, path }, async (tab) => {
          await tab.locator('.scheme .stop').nth(6).waitFor();
          const rivers = await tab.locator('.scheme-river').evaluateAll((all) =>
            all.map((one) => [one.querySelector('h3').innerText, ...[...one.querySelectorAll('.stop strong')].map((stop) => stop.innerText)]),
          );
          const kon = rivers.find(([river]) => river === 'sông Kôn');
          same(kon, ['sông Kôn', 'Vĩnh Sơn', 'Bình Nghi', 'Thạnh Hòa'], 'the Kôn');
          const stop = tab.locator('.scheme .stop', { hasText: 'Diêu Trì' });
          same(await stop.locator('.symbol').getAttribute('data-level'), '3', 'level on the schematic');
          expect(/6,\d\d m/.test(await stop.innerText()), 'value on the schematic');
          const box = await stop.locator('.symbol').boundingBox();
          expect(box.width > 10 && box.height > 10, 'the symbol is too small to see');
        });
      }
    },
  },
  {
    name: 'the first load needs at most 110 KB of JavaScript, compressed',
    async run({ page }) {
      const scripts = [];
      const listen = async (tab) => {
        // What is still under way when a page is loaded again has no body.
        await tab.locator('.plot canvas').waitFor();
        await tab.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => undefined);
        tab.on('response', (one) => one.request().resourceType() === 'script' && scripts.push(one.body()));
        await tab.reload();
        await tab.locator('#river-list li').first().waitFor();
        await tab.locator('.plot canvas').waitFor();
      };
      await page({}, listen);
      const size = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body, { level: 6 }).length, 0);
      console.log(`      ${(size / 1024).toFixed(1)} KB`);
      expect(size > 0 && size <= BUDGET, `${size} bytes, the budget is ${BUDGET}`);
    },
  },
];
