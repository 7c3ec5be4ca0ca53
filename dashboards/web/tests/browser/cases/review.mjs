/** An engineer judges a spike: the list, the keyboard, the station's page, what follows, and what does not come back. */

import { publish } from '../server.mjs';
import { expect, same, until } from '../wait.mjs';

const STATION = 'bong-son';
const MINUTE = 60_000;
/** Two hours of a calm river, every ten minutes, with one value in it that cannot be. */
const VALUES = [3.5, 3.5, 3.51, 3.52, 3.52, 3.53, 3.54, 6.85, 3.55, 3.56, 3.56, 3.57];
const SPIKE = VALUES.indexOf(6.85);

const night = () => {
  const end = Math.floor(Date.now() / (10 * MINUTE)) * 10 * MINUTE;
  const time = (i) => new Date(end - (VALUES.length - 1 - i) * 10 * MINUTE).toISOString();
  return VALUES.map((value, i) => ({ time: time(i), readings: { water_level: value } }));
};

async function newest(server, series, at) {
  const items = (await server.get(`/api/v1/series/${series}/readings?from=${encodeURIComponent(at)}&to=${encodeURIComponent(at)}`)).items;
  return items[0];
}

/** The row of the spike in the table of values. */
const row = (tab, at) => tab.locator(`.version-grid tr[data-at="${Date.parse(at)}"]`);

/** Goes to a control by its name and presses a key on it, as whoever has no mouse does. */
async function press(tab, locator, key) {
  await locator.focus();
  await tab.keyboard.press(key);
}

export const cases = [
  {
    name: 'a spike is found in the list, rejected by keyboard, corrected, and does not come back',
    async run({ page: open, start }) {
      // Nothing else is in doubt there.
      const server = await start(['serve', '--exercise'], 'review');
      const page = (how, act) => open({ ...how, server }, act);
      const secret = await server.secret(STATION);
      const messages = night();
      const spike = messages[SPIKE].time;
      for (const one of messages) await publish(server, STATION, secret, JSON.stringify(one));
      const series = async (parameter) => (await server.get(`/api/v1/series?station=${STATION}&parameter=${parameter}`))?.items[0]?.id;
      await until('the stage is stored', async () => (await series('water_level')) !== undefined);
      const stage = await series('water_level');
      await until('the spike is doubted', async () => (await newest(server, stage, spike))?.flag === 3);
      const over = await series('water_level_over_bd1');

      await page({ as: 'admin', path: '/kiem-dinh' }, async (tab) => {
        const line = tab.locator('.stretch[data-state="open"]', { hasText: 'Bồng Sơn' });
        await line.waitFor();
        const said = await line.innerText();
        expect(said.includes('6,85') && said.includes('nhô khác hẳn hai trị số kề'), `the list says: ${said}`);
        await press(tab, line, 'Enter');
        await row(tab, spike).waitFor();
        expect(/tram=bong-son&yeu-to=water_level/.test(new URL(tab.url()).search), 'the stretch is in the address');
        same(await tab.locator('.version-grid .is-chosen').count(), 1, 'rows that are chosen');

        // The ends are chosen by keyboard, and stand in the address.
        await press(tab, row(tab, messages[SPIKE - 1].time).locator('input[name="first"]'), 'Space');
        same(await tab.locator('.version-grid .is-chosen').count(), 2, 'rows that are chosen');
        await press(tab, row(tab, spike).locator('input[name="first"]'), 'Space');
        same(await tab.locator('.version-grid .is-chosen').count(), 1, 'rows that are chosen');

        await press(tab, tab.locator('[data-act="reject"]'), 'Enter');
        expect(await tab.locator('[data-act="do-reject"]').isDisabled(), 'it can be rejected without a reason');
        await tab.keyboard.type('que đo bị rác, đã xem camera');
        await tab.keyboard.press('Tab');
        await tab.keyboard.press('Enter');
        await tab.locator('.done', { hasText: 'Đã ghi' }).waitFor();
        await tab.locator('.review-log li', { hasText: 'que đo bị rác' }).waitFor();
        const now = await row(tab, spike).innerText();
        expect(/sai/.test(now) && /loại bỏ/.test(now) && /nghi ngờ/.test(now), `the row says: ${now}`);
        await tab.locator('.review-list').getByText('Không có số liệu nào chờ xem').waitFor();
      });
      same((await newest(server, stage, spike)).by_person, 'judged', 'what a person did');

      // The logger sends everything again: the decision stands.
      for (const one of messages) await publish(server, STATION, secret, JSON.stringify(one));
      const after = { time: new Date(Date.parse(messages.at(-1).time) + MINUTE).toISOString(), readings: { water_level: 3.57 } };
      await publish(server, STATION, secret, JSON.stringify(after));
      await until('what came after it is stored', () => newest(server, stage, after.time));
      const again = await newest(server, stage, spike);
      same([again.value, again.flag, again.by_person], [6.85, 4, 'judged'], 'the spike, sent again');

      await page({ path: `/tram/${STATION}?khoang=24h` }, async (tab) => {
        await tab.locator('.plot[data-bad="1"] canvas').waitFor();
        await tab.locator('.doubts', { hasText: 'đã kiểm định' }).waitFor();
        await tab.getByRole('button', { name: 'Bảng số liệu' }).click();
        await tab.locator('.table-twin tr', { hasText: '6,85' }).getByText('đã kiểm định').waitFor();
      });

      const address = `/kiem-dinh?tram=${STATION}&yeu-to=water_level&tu=${encodeURIComponent(spike)}&den=${encodeURIComponent(spike)}`;
      await page({ as: 'admin', path: address }, async (tab) => {
        await row(tab, spike).waitFor();
        await tab.locator('[data-act="correct"]').click();
        await tab.getByRole('button', { name: /Nội suy/ }).click();
        same(await tab.locator('.new-values input').inputValue(), '3,55', 'between its neighbours');
        await tab.locator('.new-values input').fill('3,545');
        await tab.getByLabel('Lý do (bắt buộc)').fill('đọc thước');
        await tab.locator('[data-act="do-correct"]').click();
        await tab.locator('.done', { hasText: 'Đã ghi' }).waitFor();
        await tab.locator('.plot[data-corrected="1"]').waitFor();
        same(await row(tab, spike).locator('.older').count(), 3, 'versions that are kept');
      });
      const derived = await newest(server, over, spike);
      same([derived.value, derived.flag], [-2.455, 1], 'the distance to BĐ1 that follows');
      same((await newest(server, stage, spike)).by_person, 'corrected', 'what a person did');
    },
  },
  {
    name: 'readings are judged by who is signed in, and by nobody else',
    async run({ page }) {
      await page({ path: '/kiem-dinh' }, async (tab) => {
        await tab.getByRole('button', { name: 'Đăng nhập để kiểm định số liệu' }).waitFor();
        same(await tab.locator('.stretch').count(), 0, 'stretches that everybody sees');
      });
      await page({ as: 'admin', path: '/kiem-dinh?tram=khong-co&yeu-to=water_level' }, async (tab) => {
        await tab.getByText('Không có chuỗi số liệu nào như địa chỉ này nêu.').waitFor();
        await tab.getByRole('link', { name: 'Bản tin để riêng' }).click();
        await tab.locator('.aside').waitFor();
        await tab.getByRole('link', { name: 'Kiểm định số liệu bị nghi ngờ' }).click();
        await tab.locator('.review-page').waitFor();
      });
    },
  },
];
