/** The flood of November 2025, replayed until the night it stood highest. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CONFIG, Server } from './server.mjs';
import { until } from './wait.mjs';

const SCENARIO = join(CONFIG, 'scenarios/2025-11-flood');
export const UNTIL = '2025-11-19T02:00:00+07:00';
/** Two days in half a minute, which begins when every station is connected. */
const SPEED = '6000';

/** All windows of the tests share one address; how often it may ask is not what they are about. */
const SETTINGS = '[web.rates.anonymous]\nper_second = 500\nburst = 2000\n';

/** The scenario up to that time; what would begin later is left out. */
function cut(text) {
  const [head, ...blocks] = text.split(/^(?=\[\[)/m);
  const early = blocks.filter((block) => {
    const from = /^from = "(.+)"/m.exec(block);
    return !from || Date.parse(from[1]) < Date.parse(UNTIL);
  });
  return [head.replace(/^to = .*/m, `to = "${UNTIL}"`), ...early].join('');
}

/** Starts the drill; `night` resolves when the last message of it has been worked in. */
export async function startFlood(folder) {
  const scenario = join(folder, 'scenario');
  cpSync(SCENARIO, scenario, { recursive: true });
  const file = join(scenario, 'scenario.toml');
  writeFileSync(file, cut(readFileSync(file, 'utf8')));
  const settings = join(folder, 'settings.toml');
  writeFileSync(settings, SETTINGS);
  const how = ['--scenario', scenario, '--speed', SPEED, '--settings', settings];
  const server = await Server.start(['demo', ...how], join(folder, 'drill'));
  const over = async () => {
    const latest = await server.get('/api/v1/latest?station=dieu-tri&parameter=water_level');
    return latest?.items.some((one) => one.station === 'dieu-tri' && Date.parse(one.observed_at) >= Date.parse(UNTIL));
  };
  const night = until('the flood has been replayed', over, { seconds: 120, every: 500, about: () => server.said.slice(-2_000) });
  night.catch(() => undefined);
  return { server, night };
}
