/** Decisions in the drill as everybody runs it, at 1800 times: an hour of the river passes in two seconds. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CONFIG } from '../server.mjs';
import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same, until } from '../wait.mjs';

/** All windows of the tests share one address. */
const SETTINGS = '[web.rates.anonymous]\nper_second = 500\nburst = 2000\n';
/** So long a person reads between the two steps, ms: not a wait for anything, but what is tried. */
const READS = 2_000;
const DECISIONS = 8;
const PATIENT = { timeout: 60_000 };

let drill = null;
/** One drill for all cases here. */
function flood(start, folder) {
  const settings = join(folder, 'drill.toml');
  writeFileSync(settings, SETTINGS);
  const scenario = join(CONFIG, 'scenarios/2025-11-flood');
  drill ??= start(['demo', '--scenario', scenario, '--speed', '1800', '--settings', settings], 'decisions');
  return drill;
}

const draftsOf = async (tab) => {
  const page = await tab.evaluate(() => fetch('/api/v1/warnings?open=true&limit=500').then((answer) => answer.json()));
  return page.items;
};

/** The whole of the element is on the screen, and nothing lies over its middle. */
async function inReach(tab, selector) {
  return tab.evaluate((one) => {
    const found = document.querySelector(one);
    const box = found.getBoundingClientRect();
    const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return { top: box.top, bottom: box.bottom, inside: box.top >= 0 && box.bottom <= innerHeight && found.contains(over) };
  }, selector);
}

/** Decides about the first draft; how often another level, kind or sureness rightly asked for a second look. */
async function decide(tab) {
  let looks = 0;
  await tab.locator('.strip-row [data-act="here"]').first().click({ timeout: 120_000 });
  const here = tab.locator('.draft-here');
  const gone = here.locator('.state-ended, .state-rejected');
  const draft = here.locator('.draft');
  const withdrawn = () => draft.waitFor({ state: 'detached', ...PATIENT });
  await here.locator('[data-act="confirm"]').click();
  for (;;) {
    const sure = here.locator('[data-act="do-confirm"]');
    const changed = here.locator('.changed');
    await Promise.race([sure.or(changed).or(gone).first().waitFor(), withdrawn()]);
    if (await sure.count()) {
      const read = await here.locator('.draft .message-text').first().innerText();
      await tab.waitForTimeout(READS);
      if (await sure.count()) {
        same(await here.locator('.draft .message-text').first().innerText(), read, 'the text that is read');
        await sure.click();
      }
    }
    const end = here.locator('.done:not(:empty), .changed, .decision > .refusal:not(:empty)').first();
    await Promise.race([end.or(gone).first().waitFor(PATIENT), withdrawn()]);
    // What is over, or withdrawn, before anybody decided asks nothing any more.
    if (!(await here.count())) return looks;
    if ((await gone.count()) || !(await draft.count())) break;
    if (await changed.count()) {
      const said = await here.locator('.changes').innerText();
      expect(/loại tin:|cấp:|nay (chỉ )?dựa/.test(said), `interrupted by numbers alone:\n${said}`);
      looks += 1;
      await here.locator('[data-act="keep"]').click();
      await here.locator('[data-act="confirm"]').click();
      continue;
    }
    // The draft changed in the moment of the click. What was read is kept: for another try, or beside what is new.
    if ((await here.locator('.decision > .refusal').first().innerText()) === '') break;
  }
  await here.locator('[data-act="close-here"]').click();
  return looks;
}

export const cases = [
  {
    name: 'decisions: eight of eight go through at 1800 times, with two seconds between the steps',
    async run({ page, start, folder }) {
      const server = await flood(start, folder);
      await page({ server, as: 'trucban' }, async (tab) => {
        let looks = 0;
        for (let n = 0; n < DECISIONS; n += 1) looks += await decide(tab);
        expect(looks <= DECISIONS, `${looks} second looks for ${DECISIONS} decisions`);
      });
    },
  },
  {
    name: 'decisions: what is in force, what waits and what ran out stand apart, on the board and for who writes a bulletin',
    async run({ page, start, folder }) {
      const server = await flood(start, folder);
      for (const size of [DESKTOP, PHONE]) {
        await page({ server, size, as: 'trucban' }, async (tab) => {
          await until('the board shows every warning in force', async () => {
            const open = await draftsOf(tab);
            const issued = open.filter((one) => one.state === 'issued').map((one) => one.id);
            const shown = await tab.locator('.strip.is-issued .chip').evaluateAll((all) => all.map((one) => one.dataset.warning));
            return issued.length > 0 && issued.every((one) => one) && JSON.stringify([...issued].sort()) === JSON.stringify([...shown].sort());
          }, { seconds: 60 });
          await until('an update waits beside what is in force', () => tab.locator('.strip.is-issued .chip', { hasText: 'tin mới chờ quyết định' }).count(), { seconds: 120 });
          await tab.goto(`${server.address}/bao-cao`);
          const waits = tab.locator('.paper-side [data-waiting]');
          await waits.waitFor();
          expect(/\d+ bản nháp đang chờ quyết định/.test(await waits.innerText()), 'how many drafts wait');
        });
      }
    },
  },
  {
    name: 'decisions: one opens where the thumb is, at both sizes',
    async run({ page, start, folder }) {
      const server = await flood(start, folder);
      for (const size of [DESKTOP, PHONE]) {
        await page({ server, size, as: 'trucban' }, async (tab) => {
          const button = tab.locator('.strip-row [data-act="here"]').last();
          await button.waitFor({ timeout: 120_000 });
          if (size === PHONE) await button.tap();
          else await button.click();
          const here = tab.locator('.strip-row.is-chosen .draft-here');
          await here.waitFor();
          await tab.waitForFunction(() => document.activeElement?.matches('.draft-here') === true);
          const box = await here.boundingBox();
          expect(box.y >= 0 && box.y < size.height / 2, `the panel begins at ${box.y} of ${size.height}`);
          expect(await here.locator('.draft .message-text').first().isVisible(), 'its text is shown');
        });
      }
    },
  },
  {
    name: 'decisions: the shift is given and taken by mouse and by touch, whatever stands above the buttons',
    async run({ page, start, folder }) {
      const server = await flood(start, folder);
      for (const size of [DESKTOP, PHONE]) {
        await page({ server, size, as: 'trucban' }, async (tab) => {
          const press = (one) => (size === PHONE ? one.tap() : one.click());
          for (const [open, act] of [['take-over', 'do-take'], ['give', 'do-give']]) {
            const door = tab.locator(`.duty-strip [data-act="${open}"]`);
            await tab.locator('.duty-strip [data-act]').first().waitFor();
            if ((await door.count()) === 0) continue;
            await press(door);
            const dialog = tab.locator('.dialog');
            await dialog.locator('.picture').waitFor();
            const said = await dialog.locator('.picture').innerText();
            expect(!/\(cấp \d\)/.test(said), `cấp is the official level of risk:\n${said}`);
            for (const way of ['at once', 'after scrolling to the end']) {
              const reach = await inReach(tab, `[data-act="${act}"]`);
              expect(reach.inside, `${act} ${way} at ${JSON.stringify(reach)} of ${size.height}`);
              const box = await dialog.boundingBox();
              await tab.mouse.move(box.x + 40, box.y + 40);
              await tab.mouse.wheel(0, 5_000);
              await until('the dialog is scrolled to its end', () =>
                dialog.evaluate((one) => one.scrollTop + one.clientHeight >= one.scrollHeight - 1));
            }
            await press(tab.locator(`[data-act="${act}"]`));
            await dialog.waitFor({ state: 'detached' });
          }
        });
      }
    },
  },
];
