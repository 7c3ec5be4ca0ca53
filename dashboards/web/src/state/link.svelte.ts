/**
 * The live stream. A reconnect is a normal event: the browser resumes with Last-Event-ID by itself; when
 * the stream stays quiet for two heartbeats it is opened anew and everything is loaded again.
 */

import type { AlarmRecord, Latest, StationHealth, Warning } from '../types';
import { board } from './board.svelte';
import { clock } from './clock.svelte';

/** The server sends `ping` every 15 s. */
const HEARTBEAT = 15_000;
const QUIET = 2 * HEARTBEAT + 2_000;
/** Screen updates are at most this often, whatever a drill's speed is. */
const FLUSH = 500;
/** Everything is read again now and then, in case an event was missed unnoticed. */
const REFRESH = 120_000;

const state = $state({ broken: false, brokenSince: 0 });
const listeners = new Set<(items: Latest[]) => void>();

let source: EventSource | null = null;
let heard = performance.now();
let loadedAt = 0;
let loading = false;
let readings: Latest[] = [];
let health: StationHealth[] = [];

function heardSomething(): void {
  heard = performance.now();
  state.broken = false;
}

function on<T>(name: string, take: (data: T) => void): void {
  source?.addEventListener(name, (event) => {
    heardSomething();
    take(JSON.parse((event as MessageEvent<string>).data) as T);
  });
}

async function load(): Promise<void> {
  if (loading) return;
  loading = true;
  await board.load();
  loadedAt = performance.now();
  loading = false;
}

function open(): void {
  source?.close();
  source = new EventSource('/api/v1/live');
  source.onopen = heardSomething;
  on<{ items: Latest[] }>('readings', (data) => readings.push(...data.items));
  on<{ items: AlarmRecord[] }>('alarms', (data) => board.addAlarms(data.items));
  on<{ items: Warning[] }>('warnings', (data) => board.addWarnings(data.items));
  on<{ items: StationHealth[] }>('health', (data) => health.push(...data.items));
  on<unknown>('set_aside', () => undefined);
  on<unknown>('status', () => void board.loadStatus());
  on<{ now: string }>('ping', (data) => clock.set(data.now));
  on<unknown>('reset', () => void load());
}

function flush(): void {
  if (readings.length > 0) {
    const items = readings;
    readings = [];
    board.addReadings(items);
    listeners.forEach((listener) => listener(items));
  }
  if (health.length > 0) {
    board.addHealth(health);
    health = [];
  }
}

function watch(): void {
  const quiet = performance.now() - heard;
  const closed = source?.readyState === EventSource.CLOSED;
  if (quiet > QUIET && !state.broken) {
    state.broken = true;
    state.brokenSince = clock.now;
  }
  const due = performance.now() - loadedAt > (state.broken || !board.loaded ? HEARTBEAT : REFRESH);
  if (due) void load();
  if ((closed || state.broken) && due) open();
}

export const link = {
  /** Nothing was heard for two heartbeats. */
  get broken(): boolean {
    return state.broken;
  },
  get brokenSince(): number {
    return state.brokenSince;
  },
  /** Tells of every reading that comes in. */
  listen(listener: (items: Latest[]) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Opens the stream and loads everything; returns what stops it. */
  start(): () => void {
    open();
    void load();
    const timers = [
      setInterval(flush, FLUSH),
      setInterval(watch, 1_000),
      setInterval(() => void board.loadStatus(), 30_000),
    ];
    return () => {
      timers.forEach(clearInterval);
      source?.close();
    };
  },
  /** Reads everything again, after signing in or out. */
  reload(): Promise<void> {
    open();
    return load();
  },
};
