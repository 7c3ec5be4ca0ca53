/** Every view at both sizes, in both themes and languages: quiet, whole, reachable. */

import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same } from '../wait.mjs';

const VIEWS = {
  board: ['#/', '#river-list li'],
  station: ['#/tram/thanh-hoa', '.plot canvas'],
  rivers: ['#/so-do', '.scheme .stop'],
  everybody: ['#/canh-bao', '#warnings-title'],
  warnings: ['#/canh-bao', '.warning-line'],
  'set-aside': ['#/de-rieng', '.aside p.empty'],
};
/** Letters of Vietnamese that stand in no name of a place: in English they mean a text was forgotten. */
const LEFT_OVER = /\b(chờ|đang|số liệu|mực nước|cảnh báo|giờ|không|trước|lúc)\b/i;

/** Text that does not fit its box, and things to touch that are too small for a finger. */
function faults(phone) {
  const out = [];
  const shown = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility === 'visible';
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) out.push(`the page is ${wide} px wider than the window`);
  const texts = 'strong, h1, h2, h3, .line-value, .line-compare, .line-trend, .line-time, .note, td, th, button, .stop-words span';
  for (const one of [...document.querySelectorAll(texts)].filter(shown)) {
    if (one.closest('.unseen, .visually, .table-twin') || getComputedStyle(one).webkitLineClamp !== 'none') continue;
    if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0) out.push(`does not fit: '${one.innerText}'`);
    const frame = one.closest('.stop, .line, .panel');
    if (frame && one.getBoundingClientRect().right > frame.getBoundingClientRect().right + 0.5) out.push(`sticks out: '${one.innerText}'`);
  }
  if (phone) {
    for (const one of [...document.querySelectorAll('a, button, summary')].filter(shown)) {
      const { height } = one.getBoundingClientRect();
      if (height < 39.5 && !one.closest('.skip')) out.push(`${Math.round(height)} px high: '${one.innerText}'`);
    }
  }
  return out;
}

async function go(tab, how, view) {
  await tab.evaluate((hash) => (location.hash = hash), VIEWS[view][0]);
  await look(tab, how, view);
}

async function look(tab, { size, theme, lang }, view) {
  const [, sign] = VIEWS[view];
  await tab.locator(sign).first().waitFor();
  same(await tab.evaluate(() => document.documentElement.lang), lang, 'lang of the document');
  same(await tab.evaluate(() => document.documentElement.dataset.theme), theme, 'theme');
  same(await tab.evaluate(faults, size === PHONE), [], `${view}: faults`);
  const text = await tab.locator('body').innerText();
  expect(!/\{\w+\}|undefined|NaN|\[object/.test(text), `${view}: a placeholder was left: ${/.{20}(\{\w+\}|undefined|NaN|\[object).{20}/s.exec(text)?.[0]}`);
  if (lang === 'en') {
    const own = await tab.locator('.head, .line-head, .line-trend, .line-time, thead, .station-tools, .decision, .strip-head, .chart-key svg').allInnerTexts();
    const found = LEFT_OVER.exec(own.join('\n').replace('Tiếng Việt', ''));
    expect(!found, `${view}: Vietnamese in the English page: ${found?.[0]}`);
  }
}

const combinations = [DESKTOP, PHONE].flatMap((size) =>
  ['light', 'dark'].flatMap((theme) => ['vi', 'en'].map((lang) => ({ size, theme, lang }))),
);

export const cases = combinations.map((how) => ({
  name: `every view is quiet and whole at ${how.size.width}×${how.size.height}, ${how.theme}, ${how.lang}`,
  async run({ page }) {
    await page(how, async (tab) => {
      for (const view of ['board', 'everybody']) await go(tab, how, view);
    });
    await page({ ...how, as: 'trucban' }, async (tab) => {
      await tab.locator('.head-user').waitFor();
      for (const view of Object.keys(VIEWS)) await go(tab, how, view);
    });
  },
}));
