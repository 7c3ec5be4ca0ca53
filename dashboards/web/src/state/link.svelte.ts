/**
 * The live stream. A reconnect is a normal event: the browser resumes with Last-Event-ID by itself. When the
 * stream stays down, or quiet for two heartbeats, the link counts as broken, and everything is loaded again
 * as soon as it is back.
 */

import type { AlarmRecord, Latest, StationHealth, Warning } from '../types';
import { board } from './board.svelte';
import { clock } from './clock.svelte';

/** The server sends `ping` every 15 s. */
const HEARTBEAT = 15_000;
const QUIET = 2 * HEARTBEAT + 2_000;
/** The browser tries again after 3 s; a server that was only restarted is there by then. */
const DOWN = 6_000;
/** Screen updates are at most this often, whatever a drill's speed is. */
const FLUSH = 500;
/** Everything is read again now and then, in case an event was missed unnoticed. */
const REFRESH = 120_000;

const state = $state({ broken: false, brokenSince: 0, setAside: 0 });
const listeners = new Set<(items: Latest[]) => void>();

let source: EventSource | null = null;
let heard = performance.now();
let downSince: number | null = null;
let loadedAt = 0;
let loading: Promise<void> | null = null;
let opened = (): void => undefined;
let readings: Latest[] = [];
let health: StationHealth[] = [];

function heardSomething(): void {
  heard = performance.now();
  downSince = null;
  if (!state.broken) return;
  state.broken = false;
  void load();
}

function on<T>(name: string, take: (data: T) => void): void {
  source?.addEventListener(name, (event) => {
    heardSomething();
    take(JSON.parse((event as MessageEvent<string>).data) as T);
  });
}

function load(): Promise<void> {
  loading ??= board.load().finally(() => {
    loadedAt = performance.now();
    loading = null;
  });
  return loading;
}

function open(): void {
  source?.close();
  source = new EventSource('/api/v1/live');
  source.onopen = () => {
    heardSomething();
    opened();
  };
  source.onerror = () => (downSince ??= performance.now());
  on<{ items: Latest[] }>('readings', (data) => readings.push(...data.items));
  on<{ items: AlarmRecord[] }>('alarms', (data) => board.addAlarms(data.items));
  on<{ items: Warning[] }>('warnings', (data) => board.addWarnings(data.items));
  on<{ items: StationHealth[] }>('health', (data) => health.push(...data.items));
  on<unknown>('set_aside', () => (state.setAside += 1));
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
  const now = performance.now();
  const closed = source?.readyState === EventSource.CLOSED;
  const down = downSince !== null && now - downSince > DOWN;
  if ((down || now - heard > QUIET) && !state.broken) {
    state.broken = true;
    state.brokenSince = clock.now;
  }
  const doubtful = state.broken || !board.loaded || board.failure !== null;
  const due = now - loadedAt > (doubtful ? HEARTBEAT : REFRESH);
  if (due) void load();
  if ((closed || state.broken) && due) open();
}

export const link = {
  /** The stream is down or quiet for too long. */
  get broken(): boolean {
    return state.broken;
  },
  get brokenSince(): number {
    return state.brokenSince;
  },
  /** Counts what was set aside since the page was opened. */
  get setAside(): number {
    return state.setAside;
  },
  /** Tells of every reading that comes in. */
  listen(listener: (items: Latest[]) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Opens the stream and loads everything; returns what stops it. `whenOpen` is called at each (re)connect. */
  start(whenOpen: () => void): () => void {
    opened = whenOpen;
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
  /**
   * Somebody signed in or out: what a stream tells is settled when it is opened, and what is being loaded may
   * still be what the other one may see.
   */
  async reload(): Promise<void> {
    [readings, health] = [[], []];
    open();
    await loading;
    await load();
  },
};
