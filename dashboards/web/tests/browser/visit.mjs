/** A browser that reaches nothing but the server, and a page that may complain about nothing. */

import { join } from 'node:path';

import { chromium } from 'playwright-core';

export const DESKTOP = { width: 1366, height: 768 };
export const PHONE = { width: 390, height: 844 };

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
];

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });

/** Signs in by the dialog, which is open. */
export async function signIn(tab, server, user, password = server.password(user)) {
  await tab.getByLabel('Tên đăng nhập').fill(user);
  await tab.getByLabel('Mật khẩu').fill(password);
  await tab.keyboard.press('Enter');
}

/**
 * `as` is who is signed in already, `path` where to go, `before` what runs in the page before its own code. Runs `act` on a fresh page; fails on any complaint of the page and on any request that leaves the host.
 */
export async function visit(browser, server, how, act) {
  const { size = DESKTOP, theme = 'light', lang = 'vi', as = null, path = '/', motion = 'reduce' } = how;
  const { mayFail = () => false, before = null, forced = 'none', script = true, pictures, name } = how;
  const context = await browser.newContext({
    viewport: size,
    hasTouch: size === PHONE,
    colorScheme: theme,
    locale: 'vi-VN',
    // Far from Viet Nam on purpose: the page must not care.
    timezoneId: 'America/New_York',
    reducedMotion: motion,
    forcedColors: forced,
    acceptDownloads: true,
    javaScriptEnabled: script,
  });
  if (as) await context.addCookies([await server.cookie(as)]);
  const complaints = [];
  const complain = (text) => mayFail(text) || complaints.push(text);
  await context.route('**', (route) => {
    const url = route.request().url();
    if (url.startsWith(`${server.address}/`)) return route.continue();
    complaints.push(`a request left the host: ${url}`);
    return route.abort();
  });
  await context.addInitScript((code) => localStorage.setItem('quantrac.lang', code), lang);
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective}`)),
  );
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && complain(`console: ${line.text()}`));
  page.on('pageerror', (error) => complain(`page error: ${error.message}`));
  try {
    await page.goto(server.address + path);
    await act(page);
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  } catch (error) {
    const file = join(pictures, `${name.replace(/[^a-z0-9]+/gi, '-')}.png`);
    await page.screenshot({ path: file, fullPage: true }).catch(() => undefined);
    error.message += `\n  picture: ${file}${complaints.length ? `\n  complaints: ${complaints.join('\n  ')}` : ''}`;
    throw error;
  } finally {
    await context.close();
  }
}
