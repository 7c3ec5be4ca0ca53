/** The real binary: started on free ports with a data folder of its own, stopped, started again. */

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { until } from './wait.mjs';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** Packs and scenarios; they must suit the binary. */
export const CONFIG = process.env.QUANTRAC_CONFIG ?? join(ROOT, 'config');
const BINARY = process.env.QUANTRAC_BIN ?? join(ROOT, 'target/debug/quantrac');
const run = promisify(execFile);

async function freePort() {
  const socket = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => socket.once('listening', done));
  const { port } = socket.address();
  await new Promise((done) => socket.close(done));
  return port;
}

export class Server {
  /** @param args the command and its own options, such as `['serve', '--exercise']`; `config` = a pack of its own, to be changed */
  static async start(args, data, config = join(CONFIG, 'binh-dinh')) {
    if (!existsSync(BINARY)) throw new Error(`no binary '${BINARY}': run 'cargo build', or set QUANTRAC_BIN`);
    const server = new Server();
    server.args = args;
    server.data = data;
    server.config = config;
    server.mqtt = await freePort();
    server.web = await freePort();
    mkdirSync(data, { recursive: true });
    process.once('exit', () => server.process?.kill('SIGKILL'));
    await server.again();
    return server;
  }

  said = '';

  get address() {
    return `http://127.0.0.1:${this.web}`;
  }

  /** Starts it, or starts it again, on the same ports with the same data. */
  async again() {
    const doors = ['--mqtt', `127.0.0.1:${this.mqtt}`, '--web', `127.0.0.1:${this.web}`];
    const [command, ...options] = this.args;
    const all = [command, '--config', this.config, '--data', this.data, ...doors, ...options];
    this.process = spawn(BINARY, all, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((done) => this.process.once('exit', done));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (bytes) => (this.said = (this.said + bytes).slice(-100_000)));
    }
    await until('the server is ready', () => this.get('/health/ready', false), { seconds: 30, about: () => this.said });
  }

  /** The password printed for that user. */
  password(user) {
    const found = new RegExp(`'${user}', password (\\S+)`).exec(this.said);
    if (!found) throw new Error(`no password for ${user} in:\n${this.said}`);
    return found[1];
  }

  cookies = new Map();

  /** The cookie of a session of that user; one for all tests. */
  async cookie(user) {
    if (!this.cookies.has(user)) {
      const body = JSON.stringify({ name: user, password: this.password(user) });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${this.address}/api/v1/session`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`${user} cannot sign in: ${answer.status} ${await answer.text()}`);
      const [name, value] = answer.headers.getSetCookie()[0].split(';')[0].split('=');
      this.cookies.set(user, { name, value, url: this.address });
    }
    return this.cookies.get(user);
  }

  async get(path, json = true) {
    const answer = await fetch(this.address + path, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (!answer?.ok) return null;
    return json ? answer.json() : true;
  }

  /** Runs another command on the same data. */
  async command(...args) {
    return (await run(BINARY, [...args, '--data', this.data])).stdout;
  }

  /** A station's new secret. */
  async secret(station) {
    return (await this.command('station', 'add', station)).split(/\s+/)[1];
  }

  async kill(signal = 'SIGKILL') {
    this.process.kill(signal);
    await this.ended;
  }
}

/** Publishes as a station would; the acknowledgement is waited for. */
export async function publish(server, station, secret, body) {
  const to = ['-h', '127.0.0.1', '-p', String(server.mqtt), '-u', station, '-P', secret, '-i', station];
  const child = spawn('mosquitto_pub', [...to, '-q', '1', '-t', `quantrac/v1/${station}/telemetry`, '-s']);
  child.stdin.end(body);
  const code = await new Promise((done, fail) => {
    child.once('error', () => fail(new Error('mosquitto_pub is missing: apt-get install mosquitto-clients')));
    child.once('exit', done);
  });
  if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
}

/** Water levels and their ages in minutes, as a station sends them. */
export const stages = (...all) =>
  JSON.stringify(
    all.map(([value, minutesAgo = 0]) => ({
      time: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
      readings: { water_level: value },
    })),
  );
