/** Drives the page in a real Chromium against the real binary. `npm run browser [part of a name]` */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startFlood } from './flood.mjs';
import { Server } from './server.mjs';
import { launch, visit } from './visit.mjs';

import { cases as admin } from './cases/admin.mjs';
import { cases as board } from './cases/board.mjs';
import { cases as decision } from './cases/decision.mjs';
import { cases as duty } from './cases/duty.mjs';
import { cases as forecast } from './cases/forecast.mjs';
import { cases as link } from './cases/link.mjs';
import { cases as looks } from './cases/looks.mjs';
import { cases as load } from './cases/load.mjs';
import { cases as maintenance } from './cases/maintenance.mjs';
import { cases as map } from './cases/map.mjs';
import { cases as notices } from './cases/notices.mjs';
import { cases as pages } from './cases/pages.mjs';
import { cases as past } from './cases/past.mjs';
import { cases as review } from './cases/review.mjs';
import { cases as paper } from './cases/paper.mjs';
import { cases as setAside } from './cases/set-aside.mjs';
import { cases as warning } from './cases/warning.mjs';

const wanted = process.argv[2] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'quantrac-page-'));
const pictures = mkdtempSync(join(tmpdir(), 'quantrac-pictures-'));
const started = [];
process.once('SIGINT', () => process.exit(130));
const tally = { passed: 0, failed: 0 };
let browser;

/** A server of its own for a case that breaks something. */
async function start(args, name, config) {
  const server = await Server.start(args, join(folder, name), config);
  started.push(server);
  return server;
}

async function check(one, server) {
  const from = Date.now();
  try {
    const page = (how, act) => visit(browser, how.server ?? server, { ...how, pictures, name: one.name }, act);
    await one.run({ server, page, start, folder });
    tally.passed += 1;
    console.log(`ok    ${one.name} (${((Date.now() - from) / 1_000).toFixed(1)} s)`);
  } catch (error) {
    tally.failed += 1;
    console.log(`FAIL  ${one.name}\n  ${error.stack ?? error}`);
  }
}

try {
  browser = await launch();
  const flood = await startFlood(folder);
  started.push(flood.server);
  const station = await start(['serve', '--exercise'], 'serve');
  const pick = (cases) => cases.filter((one) => one.name.includes(wanted));
  // First the flood, alone: at its speed a server that waits for others is hours behind.
  if (pick([...board, ...pages, ...past, ...looks, ...map, ...load, ...forecast, ...warning, ...paper]).length > 0) await flood.night;
  const early = async (cases) => {
    for (const one of pick(cases)) await check(one, station);
  };
  // Those about notices have a server of their own.
  await Promise.all([early([...setAside, ...link, ...review]), early([...notices, ...duty, ...maintenance]), early(admin)]);
  await early(decision);
  const late = pick([...board, ...pages, ...past, ...looks, ...map, ...load, ...forecast, ...warning, ...paper]);
  // Who only looks disturbs nobody: two at a time.
  const lookers = late.filter((one) => one.looks);
  const next = async () => {
    for (let one = lookers.shift(); one; one = lookers.shift()) await check(one, flood.server);
  };
  await Promise.all([next(), next()]);
  for (const one of late.filter((one) => !one.looks)) await check(one, flood.server);
} catch (error) {
  tally.failed += 1;
  console.log(`FAIL  ${error.stack ?? error}`);
} finally {
  await browser?.close();
  for (const server of started) await server.kill();
  rmSync(folder, { recursive: true, force: true });
  if (readdirSync(pictures).length === 0) rmSync(pictures, { recursive: true });
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed > 0 || tally.passed === 0 ? 1 : 0);
