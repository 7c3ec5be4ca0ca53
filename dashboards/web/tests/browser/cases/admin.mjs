/** The administration: on a server and a pack of its own, because it changes them. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CONFIG, publish, stages } from '../server.mjs';
import { DESKTOP, PHONE, signIn } from '../visit.mjs';
import { expect, same, until } from '../wait.mjs';

const PICTURES = process.env.QUANTRAC_PICTURES;
/** The browser says so of every answer that is no success. */
const refused = (text) => /status of 4\d\d/.test(text);
let house = null;

/** One server for all cases here, with somebody who may only look. */
async function own({ start, folder }) {
  if (house) return house;
  const pack = join(folder, 'admin-pack');
  cpSync(join(CONFIG, 'binh-dinh'), pack, { recursive: true });
  const server = await start(['serve', '--exercise'], 'admin', pack);
  server.said += await server.command('user', 'add', 'xem', '--role', 'viewer', '--full-name', 'Người xem').then((text) => text.replace('xem: password', "'xem', password"));
  house = { server, pack, file: (name) => readFileSync(join(pack, name), 'utf8') };
  return house;
}
async function picture(tab, name) {
  if (PICTURES) await tab.screenshot({ path: join(PICTURES, `admin-${name}.png`), fullPage: true });
}
const heads = (tab) => tab.locator('.admin-tabs a').allInnerTexts();

export const cases = [
  {
    name: 'admin: who may not administer is told so and sees no link to it',
    async run({ page, ...how }) {
      const { server } = await own(how);
      await page({ server, as: 'xem', path: '/quan-tri/nguoi-dung' }, async (tab) => {
        await tab.getByText('chỉ dành cho người quản trị').waitFor();
        expect((await tab.locator('.admin-tabs').count()) === 0, 'no tabs');
        expect((await tab.locator('.tabs a', { hasText: 'Quản trị' }).count()) === 0, 'no link');
        await picture(tab, 'refused');
      });
      await page({ server, path: '/quan-tri/tep' }, async (tab) => {
        await tab.locator('.admin-no').getByRole('button', { name: 'Đăng nhập' }).click();
        await signIn(tab, server, 'admin');
        await tab.locator('.editor textarea').waitFor();
        same(await heads(tab), ['Người dùng', 'Trạm', 'Người nhận', 'Quy tắc', 'Tệp cấu hình', 'Nhật ký'], 'tabs');
      });
    },
  },
  {
    name: 'admin: a recipient is added by the form, with a fault first, and the log says who and why',
    async run({ page, ...how }) {
      const { server, file } = await own(how);
      const before = file('recipients.toml');
      await page({ server, as: 'admin', path: '/quan-tri/nguoi-nhan' }, async (tab) => {
        await tab.getByRole('button', { name: 'Thêm người nhận' }).first().click();
        await tab.getByLabel('Mã').fill('bao-dai');
        await tab.getByLabel('Tên', { exact: false }).nth(0).waitFor();
        await tab.getByRole('textbox', { name: /^Tên/ }).fill('Báo và đài tỉnh');
        await tab.getByLabel('Vai trò').selectOption('public');
        await tab.getByLabel('Từ cấp').selectOption('2');
        await tab.getByLabel('Lũ', { exact: true }).check();
        await tab.getByLabel('Địa chỉ e-mail').fill('bao dai');
        await tab.getByRole('button', { name: 'Kiểm tra thay đổi' }).click();
        await tab.locator('.field-fault', { hasText: 'e-mail' }).waitFor();
        expect(await tab.getByLabel('Địa chỉ e-mail').evaluate((one) => one === document.activeElement), 'the focus is at the fault');
        await tab.locator('.faults li').first().waitFor();
        await picture(tab, 'recipient-fault');
        same(file('recipients.toml'), before, 'nothing is written yet');
        await tab.getByLabel('Địa chỉ e-mail').fill('bao-dai@news.example.org');
        await tab.getByRole('button', { name: 'Kiểm tra thay đổi' }).click();
        await tab.locator('.meaning li', { hasText: 'Báo và đài tỉnh' }).waitFor();
        await tab.locator('.diff-line.is-new', { hasText: 'bao-dai@news.example.org' }).waitFor();
        await tab.getByLabel('Lý do').fill('Theo công văn 12 về thông tin cảnh báo');
        await picture(tab, 'recipient-change');
        await tab.getByRole('button', { name: 'Áp dụng cấu hình' }).click();
        await tab.locator('.admin-applied').waitFor();
        await tab.locator('.admin-rows li', { hasText: 'Báo và đài tỉnh' }).waitFor();
        const after = file('recipients.toml');
        expect(before.split('\n').every((line) => after.includes(line)) && after.includes('bao-dai@news.example.org'), 'only that is new');
        await tab.locator('.admin-tabs a', { hasText: 'Nhật ký' }).click();
        const line = tab.locator('.admin-log li').first();
        await line.getByText('Theo công văn 12').waitFor();
        expect(/Quản trị hệ thống \(admin\)/.test(await line.innerText()), await line.innerText());
        await line.locator('summary').click();
        await line.getByText('+id = "bao-dai"').waitFor();
        await tab.getByText('chuỗi toàn vẹn').waitFor();
        await picture(tab, 'log');
      });
    },
  },
  {
    name: 'admin: a new secret works with mosquitto_pub and the old one does not',
    async run({ page, ...how }) {
      const { server } = await own(how);
      const old = await server.secret('binh-nghi');
      await publish(server, 'binh-nghi', old, stages([3.1]));
      await page({ server, as: 'admin', path: '/quan-tri/tram' }, async (tab) => {
        const row = tab.locator('.admin-rows li', { hasText: 'binh-nghi' });
        await row.getByText('có khóa').waitFor();
        await row.getByRole('button', { name: /Khóa mới/ }).click();
        await row.getByRole('button', { name: 'Tạo khóa mới' }).click();
        const secret = await tab.getByLabel('Khóa của binh-nghi').locator('input').inputValue();
        await tab.getByText('quantrac/v1/binh-nghi/telemetry').waitFor();
        await picture(tab, 'secret');
        await publish(server, 'binh-nghi', secret, stages([3.2]));
        const fails = await publish(server, 'binh-nghi', old, stages([3.3])).then(() => false, () => true);
        expect(fails, 'the old secret is refused');
        await tab.getByRole('button', { name: 'Đã ghi lại, đóng' }).click();
        expect(!(await tab.content()).includes(secret), 'it is gone from the page');
        expect(!server.said.includes(secret), 'it is in no log');
      });
    },
  },
  {
    name: 'admin: a fault in a file leads to its line, and unsaved text is not lost unasked',
    async run({ page, ...how }) {
      const { server, pack, file } = await own(how);
      await page({ server, as: 'admin', path: '/quan-tri/tep', mayFail: refused }, async (tab) => {
        const area = tab.locator('.editor textarea');
        await area.waitFor();
        const good = await area.inputValue();
        await area.fill(good.replace('station = "an-hoa"', 'station = "an-hoe"'));
        await tab.getByRole('button', { name: 'Kiểm tra' }).click();
        await tab.locator('.fault-place').first().click();
        const chosen = await area.evaluate((one) => one.value.slice(one.selectionStart, one.selectionEnd));
        expect(/\[\[level\]\]|an-hoe/.test(chosen), `the line is chosen: ${chosen}`);
        await picture(tab, 'file-fault');
        const asked = [];
        let stay = true;
        tab.on('dialog', (dialog) => {
          asked.push(dialog.message());
          return stay ? dialog.dismiss() : dialog.accept();
        });
        await tab.locator('.tabs a', { hasText: 'Mưa' }).click();
        await until('it asks', () => asked.length === 1);
        same(new URL(tab.url()).pathname, '/quan-tri/tep', 'who stays is still there');
        await tab.locator('.admin-tabs a', { hasText: 'Người dùng' }).click();
        await tab.locator('.admin-pending').waitFor();
        same(asked.length, 1, 'another tab loses nothing');
        await tab.locator('.admin-pending a').click();

        await area.fill(good.replace(/value = 22\.00/g, 'value = 22.05'));
        await tab.getByRole('button', { name: 'Kiểm tra' }).click();
        await tab.locator('.meaning ins', { hasText: '22.05' }).first().waitFor();
        // Somebody else was faster.
        const base = (await (await fetch(`${server.address}/api/v1/config/files`, { headers: { cookie: await cookie(server) } })).json()).seq;
        const body = JSON.stringify({ base, files: { 'pack.toml': `${file('pack.toml')}# xong\n` }, reason: 'chú thích' });
        const other = await fetch(`${server.address}/api/v1/config/apply`, { method: 'POST', body, headers: { cookie: await cookie(server), 'content-type': 'application/json' } });
        same(other.status, 200, 'the other one applies');
        await tab.getByLabel('Lý do').fill('Mốc cao độ mới');
        await tab.getByRole('button', { name: 'Áp dụng cấu hình' }).click();
        await tab.locator('.change .refusal', { hasText: 'another configuration' }).waitFor();
        await tab.getByRole('button', { name: 'Kiểm tra' }).click();
        await tab.getByLabel('Lý do').waitFor();
        await tab.getByRole('button', { name: 'Áp dụng cấu hình' }).click();
        await tab.locator('.admin-applied').waitFor();
        expect(file('levels.toml').includes('value = 22.05') && file('pack.toml').endsWith('# xong\n'), 'both changes are there');

        // A hand that breaks the folder is seen, and mended from here.
        writeFileSync(join(pack, 'rules.toml'), 'rule = 1\n');
        await until('the server has seen it', async () => (await server.get('/api/v1/status'))?.problems.some((one) => one.layer === 'config'));
        await tab.reload();
        await tab.getByRole('button', { name: 'Khôi phục thư mục' }).click();
        await tab.getByLabel('Lý do').fill('khôi phục');
        await picture(tab, 'folder');
        await tab.getByRole('checkbox', { name: /Ghi đè/ }).waitFor();
        await tab.getByRole('button', { name: 'Áp dụng cấu hình' }).click();
        await tab.locator('.admin-applied').waitFor();
        expect(file('rules.toml') !== 'rule = 1\n', 'the folder is as it is in force');
        stay = false;
      });
    },
  },
  {
    name: 'admin: somebody new gets a password, and changes it themselves',
    async run({ page, ...how }) {
      const { server } = await own(how);
      let password = '';
      await page({ server, as: 'admin', path: '/quan-tri/nguoi-dung', mayFail: refused }, async (tab) => {
        await tab.getByRole('button', { name: 'Thêm người dùng' }).click();
        await tab.getByLabel('Tên đăng nhập').fill('minh');
        await tab.getByLabel('Họ tên').fill('Trực ban ca đêm');
        await tab.getByRole('button', { name: 'Lưu' }).click();
        password = await tab.getByLabel('Mật khẩu của minh').locator('input').inputValue();
        await picture(tab, 'users');
        const self = tab.locator('.admin-rows li', { hasText: 'Quản trị hệ thống' });
        await self.getByRole('button', { name: /^Sửa/ }).click();
        await tab.getByLabel('Quyền').selectOption('viewer');
        await tab.getByRole('button', { name: 'Lưu' }).click();
        await tab.locator('.refusal', { hasText: 'last administrator' }).waitFor();
        tab.on('dialog', (dialog) => dialog.accept());
      });
      await page({ server, path: '/', mayFail: refused }, async (tab) => {
        await tab.getByRole('button', { name: 'Đăng nhập' }).click();
        await signIn(tab, server, 'minh', password);
        await tab.locator('.head-user').click();
        const fill = async (old, next, again) => {
          await tab.getByLabel('Mật khẩu hiện tại').fill(old);
          await tab.getByLabel('Mật khẩu mới', { exact: false }).first().fill(next);
          await tab.getByLabel('Mật khẩu mới, lần nữa').fill(again);
          await tab.getByRole('button', { name: 'Đổi mật khẩu', exact: true }).click();
        };
        const next = 'đê cao hơn nước lũ';
        await fill(password, next, `${next}?`);
        await tab.locator('.dialog .refusal', { hasText: 'không giống nhau' }).waitFor();
        await fill('sai rồi', next, next);
        await tab.locator('.dialog .refusal', { hasText: 'không đúng' }).waitFor();
        await picture(tab, 'own-password');
        await fill(password, next, next);
        await tab.getByText('Các phiên ở máy khác đã bị đóng').waitFor();
        await tab.getByRole('button', { name: 'Đóng' }).click();
        await tab.reload();
        await tab.locator('.head-user', { hasText: 'Trực ban ca đêm' }).waitFor();
      });
    },
  },
  ...[DESKTOP, PHONE].flatMap((size) =>
    ['light', 'dark'].map((theme) => ({
      name: `admin: every tab is quiet, whole and without barriers at ${size.width}×${size.height}, ${theme}`,
      async run({ page, ...how }) {
        const { server } = await own(how);
        const { barriers, faults } = await import('./looks.mjs');
        for (const lang of ['vi', 'en']) {
          await page({ server, as: 'admin', size, theme, lang, path: '/quan-tri/nguoi-dung' }, async (tab) => {
            for (const [path, sign] of [['nguoi-dung', '.admin-rows li'], ['tram', '.admin-rows li'], ['nguoi-nhan', '.admin-rows li'], ['quy-tac', '.admin-table tbody tr'], ['tep', '.editor textarea'], ['nhat-ky', '.admin-log li']]) {
              await tab.locator(`.admin-tabs a[href="/quan-tri/${path}"]`).click();
              await tab.locator(sign).first().waitFor();
              if (path === 'nguoi-nhan') await tab.locator('.admin-rows button').first().click();
              if (path === 'nguoi-dung') await tab.locator('.admin-rows button').first().click();
              await tab.evaluate(() => document.querySelectorAll('main details').forEach((one) => (one.open = true)));
              await tab.waitForTimeout(300);
              await picture(tab, `${path}-${size === PHONE ? 'phone' : 'desk'}-${theme}-${lang}`);
              same(await tab.evaluate(faults, size === PHONE), [], `${path}: faults`);
              same(await barriers(tab), [], `${path}: barriers`);
              const text = await tab.locator('.admin').innerText();
              expect(!/\{\w+\}(?!")|undefined|NaN|\[object/.test(text.replaceAll('{episode}', '')), `${path}: a placeholder was left`);
              if (path === 'nguoi-nhan' || path === 'nguoi-dung') await tab.getByRole('button', { name: lang === 'vi' ? 'Thôi' : 'Cancel', exact: true }).first().click();
            }
          });
        }
      },
    })),
  ),
];

async function cookie(server) {
  const { name, value } = await server.cookie('admin');
  return `${name}=${value}`;
}
