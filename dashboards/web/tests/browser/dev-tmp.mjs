import { mkdtempSync, existsSync, readFileSync, unlinkSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFlood } from './flood.mjs';
import { Server } from './server.mjs';
const folder = mkdtempSync(join(tmpdir(), 'quantrac-dev-'));
const flood = await startFlood(folder);
const station = await Server.start(['serve', '--exercise'], join(folder, 'serve'));
await flood.night;
writeFileSync('/tmp/pp/ready', flood.server.address);
const start = async (args, name) => Server.start(args, join(folder, name + Date.now()));
for (;;) {
  if (existsSync('/tmp/pp/stop')) break;
  if (existsSync('/tmp/pp/cmd')) {
    const wanted = readFileSync('/tmp/pp/cmd', 'utf8').trim(); unlinkSync('/tmp/pp/cmd');
    writeFileSync('/tmp/pp/out', '');
    const out = (t) => appendFileSync('/tmp/pp/out', t.slice(0, 1500) + '\n');
    const v = '?' + Date.now();
    try {
      const { launch, visit } = await import('./visit.mjs' + v);
      const browser = await launch();
      const from0 = Date.now();
      for (const [file, server] of [['board', flood.server], ['pages', flood.server], ['looks', flood.server], ['map', flood.server], ['warning', flood.server], ['set-aside', station], ['link', station], ['notices', station]]) {
        const { cases } = await import(`./cases/${file}.mjs${v}`);
        for (const one of cases.filter((c) => new RegExp(wanted).test(`${file}: ${c.name}`))) {
          const from = Date.now();
          try { await one.run({ server, folder, start, page: (how, act) => visit(browser, how.server ?? server, { ...how, pictures: '/tmp/pp', name: one.name }, act) }); out(`ok    ${one.name} ${(Date.now() - from) / 1000} s`); }
          catch (e) { out(`FAIL  ${one.name}\n  ${e.stack}`); }
        }
      }
      await browser.close(); out('DONE ' + (Date.now() - from0) / 1000);
    } catch (e) { out('ERR ' + e.stack + '\nDONE'); }
  }
  await new Promise((n) => setTimeout(n, 200));
}
await flood.server.kill(); await station.kill(); process.exit(0);
