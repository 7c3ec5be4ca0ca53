/** A past night as it was known then. */

import { publish, stages } from '../server.mjs';
import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same, until } from '../wait.mjs';

const NIGHT = 'tu=2025-11-18T06:00&den=2025-11-19T02:00';
const address = (clock, more = '') => `/lich-su?${NIGHT}&luc=2025-11-18T${clock}&tram=dieu-tri${more}`;
const known = (tab, text) => tab.locator(`.past-banner time`, { hasText: text }).waitFor();
const line = (tab, id = 'dieu-tri') => tab.locator(`#river-list a[data-station="${id}"]`);
const level = async (tab, id) => Number(await line(tab, id).getAttribute('data-level'));
const stamp = (at) => new Date(at + 7 * 3_600_000).toISOString().slice(0, 16);

export const cases = [
  {
    name: 'the past: before BĐ3 the list says BĐ2, afterwards BĐ3, and the banner says of when',
    looks: true,
    async run({ page, server }) {
      for (const size of [DESKTOP, PHONE]) {
        await page({ size, path: `/lich-su?${NIGHT}&luc=2025-11-18T12:00` }, async (tab) => {
          await known(tab, '12:00 18/11/2025');
          await line(tab).waitFor();
          same(await level(tab), 2, 'Diêu Trì at noon');
          const banner = tab.locator('.past-banner');
          expect(/ĐANG XEM QUÁ KHỨ\s+– như đã biết lúc 12:00 18\/11\/2025/.test(await banner.innerText()), 'the banner');
          await tab.evaluate(() => scrollTo(0, document.body.scrollHeight));
          expect(await banner.evaluate((one) => one.getBoundingClientRect().top >= 0), 'the banner stays in sight');
        });
        await page({ size, path: `/lich-su?${NIGHT}&luc=2025-11-18T19:00` }, async (tab) => {
          await known(tab, '19:00 18/11/2025');
          await line(tab).waitFor();
          same(await level(tab), 3, 'Diêu Trì in the evening');
          const then = await server.get('/api/v1/board?known_at=2025-11-18T19:00:00%2B07:00&parameters=water_level');
          const value = then.latest.find((one) => one.station === 'dieu-tri').value;
          const shown = (await line(tab).locator('.line-value').innerText()).replace(/\s/g, ' ');
          same(shown, `${value.toFixed(2).replace('.', ',')} m`, 'the value that was known');
          expect(then.latest.every((one) => Date.parse(one.observed_at) <= Date.parse('2025-11-18T19:00+07:00')), 'nothing of later');
        });
      }
    },
  },
  {
    name: 'the past: keys move the hand, the address follows, and playing moves on until it is stopped',
    async run({ page }) {
      await page({ path: address('12:00') }, async (tab) => {
        await known(tab, '12:00');
        const hand = tab.getByRole('slider');
        await hand.focus();
        for (const [key, clock] of [['ArrowRight', '12:10'], ['PageUp', '13:10'], ['ArrowLeft', '13:00'], ['PageDown', '12:00'], ['Home', '06:00']]) {
          await tab.keyboard.press(key);
          await known(tab, clock);
        }
        same(await hand.getAttribute('aria-valuetext'), '06:00 18/11/2025', 'the slider in words');
        await tab.waitForURL((url) => url.searchParams.get('luc') === '2025-11-18T06:00');
        await tab.getByRole('button', { name: '1 giờ/s' }).click();
        await tab.getByRole('button', { name: 'Phát', exact: true }).click();
        const at = () => tab.locator('.past-board').getAttribute('data-known').then(Number);
        await until('the night goes on', async () => (await at()) >= Date.parse('2025-11-18T08:00+07:00'));
        await tab.getByRole('button', { name: 'Dừng' }).click();
        await tab.waitForTimeout(700);
        const stopped = await at();
        await tab.waitForTimeout(700);
        same(await at(), stopped, 'it stands still');
        await tab.getByRole('button', { name: 'Sự kiện sau' }).click();
        await until('the hand jumps to the next event', async () => (await at()) > stopped);
        await tab.waitForURL((url) => url.searchParams.get('toc-do') === '60');
        await tab.keyboard.press('End');
      });
    },
  },
  {
    name: 'the past: events are told in order, a click goes there, what was not known yet is marked',
    looks: true,
    async run({ page }) {
      await page({ path: address('14:30'), as: 'trucban' }, async (tab) => {
        await tab.locator('.past-event').first().waitFor();
        const events = await tab.locator('.past-event').evaluateAll((all) => all.map((one) => [one.classList.contains('is-unknown'), one.innerText]));
        const unknown = events.map(([one]) => one);
        same(unknown, [...unknown].sort((a, b) => a - b), 'first what was known, then what was not');
        const rise = tab.locator('.past-event.is-unknown', { hasText: 'Diêu Trì: lên Trên BĐ3' }).or(tab.locator('.past-event.is-unknown', { hasText: /Diêu Trì: lên .*3/ })).first();
        await rise.waitFor();
        await rise.locator('.past-jump').click();
        await tab.waitForFunction(() => document.querySelector('#river-list a[data-station="dieu-tri"]')?.dataset.level === '3');
        expect((await tab.locator('.past-warning').count()) > 0, 'warnings of then');
        await tab.locator('.past-warning').first().click();
        await tab.locator('.past-detail h3').waitFor();
      });
    },
  },
  {
    name: 'the past: the nights of warnings are a list to go to',
    looks: true,
    async run({ page }) {
      await page({ path: '/lich-su', as: 'trucban' }, async (tab) => {
        const night = tab.locator('.past-night', { hasText: 'Hà Thanh' }).first();
        expect(/1[78](\/11)?–19\/11\/2025 · cao nhất/.test(await night.innerText()), `the night is called: ${await night.innerText()}`);
        await night.click();
        await line(tab).waitFor();
        expect(new URL(tab.url()).searchParams.has('luc') || new URL(tab.url()).searchParams.has('tu'), tab.url());
      });
    },
  },
  {
    name: 'the past: a value is not there before it came, and nothing live leaks in',
    async run({ page, start }) {
      const server = await start(['serve', '--exercise'], 'past');
      const secret = await server.secret('dieu-tri');
      await publish(server, 'dieu-tri', secret, stages([3.0, 30]));
      const then = Math.ceil(Date.now() / 60_000) * 60_000;
      await new Promise((next) => setTimeout(next, then - Date.now() + 300));
      await publish(server, 'dieu-tri', secret, stages([3.1, 20]));
      const path = `/lich-su?tu=${stamp(then - 7_200_000)}&den=${stamp(then + 120_000)}&luc=${stamp(then)}&tram=dieu-tri&so-voi=nay`;
      await page({ server, path }, async (tab) => {
        const value = async () => (await line(tab).locator('.line-value').innerText()).replace(/\s/g, ' ');
        await line(tab).waitFor();
        same(await value(), '3,00 m', 'what had come by then');
        await tab.waitForFunction(() => document.querySelector('[data-later]')?.dataset.later === '1');
        same(await tab.locator('.plot').getAttribute('data-points'), '1', 'points known then');
        await publish(server, 'dieu-tri', secret, stages([3.2, 10]));
        await until('the newest is live', async () => (await server.get('/api/v1/latest?station=dieu-tri&parameter=water_level'))?.items[0]?.value === 3.2);
        await tab.waitForTimeout(1_500);
        same(await value(), '3,00 m', 'nothing live in the past');
        await tab.getByRole('slider').focus();
        await tab.keyboard.press('End');
        await until('it is there afterwards', async () => /^3,[12]0 m$/.test(await value()));
        same(await tab.evaluate(() => document.querySelector('.past-banner').innerText.includes('QUÁ KHỨ')), true, 'the banner');
      });
    },
  },
];
