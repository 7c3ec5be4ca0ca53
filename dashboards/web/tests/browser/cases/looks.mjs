/** Every page at both sizes, in both themes and languages: quiet, whole, reachable, fit for a screen reader. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { DESKTOP, PHONE } from '../visit.mjs';
import { expect, same } from '../wait.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A folder that keeps a picture of every view, for whoever wants to see them. */
const PICTURES = process.env.QUANTRAC_PICTURES;

/** Address, what shows that the page is there, and whether somebody is signed in. */
const VIEWS = {
  board: ['/', '#river-list li', true],
  public: ['/', '#river-list li', false],
  choice: ['/?tram=van-canh&khoang=24h', '.plot canvas', true],
  station: ['/tram/thanh-hoa', '.plot canvas', true],
  // Only looked at while a forecast stands, by the case that enters one.
  outlook: ['/tram/thanh-hoa', '.plot[data-band="3"]', null],
  forecast: ['/tram/thanh-hoa', '.forecast-form', null],
  gauge: ['/tram/quy-nhon', '.rain-bars svg', true],
  rain: ['/mua', '.rain-matrix tbody tr', true],
  wind: ['/gio', '.rose[data-count]:not([data-count="0"])', true],
  health: ['/suc-khoe', '.timeline', true],
  rivers: ['/so-do', '.scheme .stop', true],
  warnings: ['/canh-bao', '.warning-line', true],
  everybody: ['/canh-bao', '#warnings-title', false],
  warning: ['/canh-bao/{first}', 'article.warning .evidence', true],
  reviews: ['/kiem-dinh', '.stretches .stretch', true],
  review: ['/kiem-dinh?{doubt}', '.version-grid .is-chosen', true],
  unreviewed: ['/kiem-dinh', '.review-door', false],
  'set-aside': ['/de-rieng', '.aside p.empty', true],
  duty: ['/so-truc', '.duty-lines li', true],
  nights: ['/lich-su', '.past-night', true],
  past: ['/lich-su?tu=2025-11-18T06:00&den=2025-11-19T02:00&luc=2025-11-18T19:00&tram=dieu-tri&so-voi=nay', '.past-event', true],
  bulletin: ['/bao-cao', '.sheet-table tbody tr', true],
  'bulletin-public': ['/bao-cao', '.sheet-table tbody tr', false],
  wall: ['/man-hinh', '.wall-station', true],
};
/** Letters of Vietnamese that stand in no name of a place: in English they mean a text was forgotten. */
const LEFT_OVER = /\b(chờ|đang|số liệu|mực nước|cảnh báo|giờ|không|trước|lúc|ngày|mưa|gió|trạm)\b/i;
const OWN_WORDS =
  '.head, .line-head, .line-trend, .line-time, thead, .station-tools, .decision, .strip-head, .chart-key, .tally, .rain-key, .health-why, .rose-key, .wind-now, .chain strong, .facts dt, .paper-form label, .paper-acts, .sheet h4, .sheet caption, .csv, .forecast-form, .forecast-state, .forecast-desk h2, .wall-tools, .wall-tally, .level-key';

/** Text that does not fit its box, and things to touch that are too small for a finger. */
export function faults(phone) {
  const out = [];
  const shown = (one) => one.checkVisibility() && one.getClientRects().length > 0 && getComputedStyle(one).visibility === 'visible';
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) out.push(`the page is ${wide} px wider than the window`);
  const texts =
    'strong, h1, h2, h3, dt, dd, .line-value, .line-compare, .line-trend, .line-time, .note, td, th, button, .stop-words span, .tally span, .wall-station p, .fault, .rain-cell, .health-heard';
  for (const one of [...document.querySelectorAll(texts)].filter(shown)) {
    if (one.closest('.unseen, .visually, .table-twin, .scroll, .sheet-scroll') || getComputedStyle(one).webkitLineClamp !== 'none') continue;
    if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0) out.push(`does not fit: '${one.innerText}'`);
    const frame = one.closest('.stop, .line, .panel, .wall-river');
    if (frame && one.getBoundingClientRect().right > frame.getBoundingClientRect().right + 0.5) out.push(`sticks out: '${one.innerText}'`);
  }
  // Words that stand side by side must not run into each other.
  for (const row of document.querySelectorAll('.line, .health-row, .wall-station, .head, .alarm-strip, .chart-key, .station-tools, .tally')) {
    const boxes = [...row.children].filter(shown).map((one) => [one, one.getBoundingClientRect()]);
    for (const [i, [one, a]] of boxes.entries()) {
      for (const [other, b] of boxes.slice(i + 1)) {
        const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
        if (over) out.push(`'${one.innerText}' lies over '${other.innerText}'`);
      }
    }
  }
  if (phone) {
    for (const one of [...document.querySelectorAll('a, button, summary')].filter(shown)) {
      const { height } = one.getBoundingClientRect();
      if (height < 39.5 && !one.closest('.skip, .in-text')) out.push(`${Math.round(height)} px high: '${one.innerText}'`);
    }
  }
  return out;
}

/** What axe-core finds serious or critical. */
export async function barriers(tab) {
  await tab.evaluate(AXE);
  const found = await tab.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }).then((all) => all.violations));
  const bad = found.filter((one) => ['serious', 'critical'].includes(one.impact));
  return bad.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join('; ')}`);
}

async function go(tab, how, view) {
  let [path] = VIEWS[view];
  if (path.includes('{first}')) {
    const first = await tab.evaluate(() => fetch('/api/v1/warnings?open=true').then((answer) => answer.json()));
    path = path.replace('{first}', first.items[0].id);
  }
  if (path.includes('{doubt}')) {
    const night = 'from=2025-11-18T00:00:00%2B07:00&to=2025-11-19T02:00:00%2B07:00';
    const all = await tab.evaluate((range) => fetch(`/api/v1/doubts?${range}`).then((answer) => answer.json()), night);
    const one = all.items.find((item) => item.parameter === 'water_level') ?? all.items[0];
    const times = [one.from, one.to].map(encodeURIComponent);
    path = path.replace('{doubt}', `tram=${one.station}&yeu-to=${one.parameter}&tu=${times[0]}&den=${times[1]}`);
  }
  await tab.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await look(tab, how, view);
}

export async function look(tab, { size, theme, lang }, view) {
  const phone = size === PHONE;
  await tab.locator(VIEWS[view][1]).first().waitFor();
  await tab.evaluate(() => document.fonts.ready.then(() => undefined));
  // What is folded must fit too.
  await tab.evaluate(() => document.querySelectorAll('main details').forEach((one) => (one.open = true)));
  if (PICTURES) {
    const name = `${view}-${phone ? 'phone' : 'desk'}-${theme}-${lang}.png`;
    await tab.waitForLoadState('networkidle', { timeout: 1_500 }).catch(() => undefined);
    await tab.screenshot({ path: join(PICTURES, name), fullPage: true });
  }
  same(await tab.evaluate(() => document.documentElement.lang), lang, 'lang of the document');
  same(await tab.evaluate(() => document.documentElement.dataset.theme), theme, 'theme');
  same(await tab.evaluate(faults, phone), [], `${view}: faults`);
  const text = await tab.locator('body').innerText();
  expect(!/\{\w+\}|undefined|NaN|\[object|Infinity/.test(text), `${view}: a placeholder was left: ${/.{20}(\{\w+\}|undefined|NaN|\[object|Infinity).{20}/s.exec(text)?.[0]}`);
  if (lang === 'en') {
    const own = await tab.locator(OWN_WORDS).allInnerTexts();
    const found = LEFT_OVER.exec(own.join('\n').replace('Tiếng Việt', ''));
    expect(!found, `${view}: Vietnamese in the English page: ${found?.[0]} in ${found?.input.slice(Math.max(0, found.index - 40), found.index + 40)}`);
  } else {
    expect(!/\d\.\d+ (m|mm|cm\/h)\b/.test(text), `${view}: a decimal point in the Vietnamese page: ${/.{20}\d\.\d+ (m|mm|cm\/h)\b/s.exec(text)?.[0]}`);
  }
  same(await barriers(tab), [], `${view}: barriers`);
}

export const combinations = [DESKTOP, PHONE].flatMap((size) =>
  ['light', 'dark'].flatMap((theme) => ['vi', 'en'].map((lang) => ({ size, theme, lang }))),
);
const views = (signedIn) => Object.keys(VIEWS).filter((view) => VIEWS[view][2] === signedIn);

export const cases = [
  ...combinations.map((how) => ({
    name: `every page is quiet, whole and without barriers at ${how.size.width}×${how.size.height}, ${how.theme}, ${how.lang}`,
    looks: true,
    async run({ page }) {
      await page(how, async (tab) => {
        for (const view of views(false)) await go(tab, how, view);
      });
      await page({ ...how, as: 'trucban' }, async (tab) => {
        await tab.locator(how.size === PHONE ? '.head .menu' : '.head-user').waitFor();
        await tab.waitForFunction(() => /^\(\d+\)/.test(document.title));
        for (const view of views(true)) await go(tab, how, view);
      });
    },
  })),
  {
    name: 'levels keep their shapes and colours where the reader forces their own',
    async run({ page }) {
      await page({ forced: 'active' }, async (tab) => {
        await tab.locator('#river-list li').first().waitFor();
        const fills = await tab.locator('#river-list .symbol').evaluateAll((all) => all.map((one) => [one.dataset.level, getComputedStyle(one.querySelector('path')).fill]));
        const colours = { 0: 'rgb(223, 230, 236)', 1: 'rgb(252, 196, 25)', 2: 'rgb(232, 89, 12)', 3: 'rgb(166, 30, 77)', 4: 'rgb(76, 40, 137)' };
        for (const [level, fill] of fills) same(fill, colours[level], `the colour of level ${level}`);
        if (PICTURES) await tab.screenshot({ path: join(PICTURES, 'board-forced.png') });
      });
    },
  },
];
