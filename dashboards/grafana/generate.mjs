/**
 * Writes the boards: `node generate.mjs [--pack FOLDER] [--check]`.
 *
 * `--pack`: whose names of stations are shown, default `config/binh-dinh`; `--check`: only says which would change.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './source/pack.mjs';
import { mua } from './source/boards/mua.mjs';
import { quaApi } from './source/boards/qua-api.mjs';
import { sucKhoe } from './source/boards/suc-khoe.mjs';
import { tram } from './source/boards/tram.mjs';
import { trucBan } from './source/boards/truc-ban.mjs';
import { vanHanh } from './source/boards/van-hanh.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);
const named = words.indexOf('--pack');
const known = pack(named < 0 ? join(here, '../../config/binh-dinh') : words[named + 1]);
const check = words.includes('--check');

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};
const changed = [];
for (const make of [trucBan, tram, mua, sucKhoe, vanHanh, quaApi]) {
  const board = make(known);
  const path = join(here, 'boards', `${board.uid.replace('quantrac-', '')}.json`);
  const text = `${JSON.stringify(board, null, 1)}\n`;
  if (read(path) === text) continue;
  changed.push(path);
  if (check) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
if (changed.length) console.log(changed.join('\n'));
if (check && changed.length) process.exitCode = 1;
