/**
 * The live stream. A reconnect is a normal event: the browser resumes with Last-Event-ID by itself. When the
 * stream stays down, or quiet for two heartbeats, the link counts as broken, and everything is loaded again
 * as soon as it is back.
 */

import type { AlarmRecord, Latest, StationHealth, Warning } from '../types';
import type { DutyDesk } from '../types_duty';
import { board } from './board.svelte';
import { clock } from './clock.svelte';
import { forecasts } from './forecasts.svelte';
import { type EventName, type Listener, means, Stream } from './stream';

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

/** News of the duty desk, which is for signed-in people. */
type DutyNews = { desk: DutyDesk | null; lines: unknown[] };
let hearDuty: (news: DutyNews) => void = () => undefined;
let loadDuty = (): void => undefined;

let heard = performance.now();
let downSince: number | null = null;
let loadedAt = 0;
let loading: Promise<void> | null = null;
let opened = (): void => undefined;
let readings: Latest[] = [];
let health: StationHealth[] = [];
let stream: Stream | null = null;

function heardSomething(): void {
  heard = performance.now();
  downSince = null;
  if (!state.broken) return;
  state.broken = false;
  void load();
}

function load(): Promise<void> {
  loadDuty();
  void forecasts.load();
  loading ??= board.load().finally(() => {
    loadedAt = performance.now();
    loading = null;
  });
  return loading;
}

/** Loads what is there now, also when an older load is still under way. */
async function loadAnew(): Promise<void> {
  await loading;
  await load();
}

const takers: { [name in EventName]: (data: never) => void } = {
  readings: (data: { items: Latest[] }) => readings.push(...data.items),
  alarms: (data: { items: AlarmRecord[] }) => board.addAlarms(data.items),
  warnings: (data: { items: Warning[] }) => board.addWarnings(data.items),
  health: (data: { items: StationHealth[] }) => health.push(...data.items),
  set_aside: () => (state.setAside += 1),
  duty: (data: DutyNews) => hearDuty(data),
  forecasts: () => void forecasts.load(true),
  status: () => void board.loadStatus(),
  ping: (data: { now: string }) => clock.set(data.now),
  reset: () => void load(),
};

const listener: Listener = {
  joined: () => void loadAnew(),
  opened() {
    heardSomething();
    opened();
  },
  broke() {
    downSince ??= performance.now();
    // Whoever leads tries again and says so: its window is not silent.
    if (!stream?.leads) heard = performance.now();
  },
  said(name, data) {
    heardSomething();
    takers[name](data as never);
  },
};

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
  const down = downSince !== null && now - downSince > DOWN;
  if ((down || now - heard > QUIET) && !state.broken) {
    state.broken = true;
    state.brokenSince = clock.now;
  }
  const doubtful = state.broken || !board.loaded || board.failure !== null;
  const due = now - loadedAt > (doubtful ? HEARTBEAT : REFRESH);
  if (due) void load();
  if (!due || !stream) return;
  // Who follows sees for itself only when whoever leads is silent.
  if (stream.leads ? stream.closed || state.broken : now - heard > QUIET) stream.lead();
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
  /** Who is told of the duty desk, and reads it whenever everything is read. */
  onDuty(hear: (news: DutyNews) => void, load: () => void): void {
    hearDuty = hear;
    loadDuty = load;
  },
  /** Opens the stream and loads everything; returns what stops it. `whenOpen` is called at each (re)connect. */
  start(whenOpen: () => void): () => void {
    opened = whenOpen;
    const own = new Stream(listener, means());
    stream = own;
    own.start();
    const [go, come] = [() => own.stop(), (event: PageTransitionEvent) => event.persisted && own.start()];
    addEventListener('pagehide', go);
    addEventListener('pageshow', come);
    const timers = [
      setInterval(flush, FLUSH),
      setInterval(watch, 1_000),
      setInterval(() => void board.loadStatus(), 30_000),
    ];
    return () => {
      timers.forEach(clearInterval);
      removeEventListener('pagehide', go);
      removeEventListener('pageshow', come);
      own.stop();
    };
  },
  /**
   * Somebody signed in or out: what a stream tells is settled when it is opened, and what is being loaded may
   * still be what the other one may see. `anew` = the stream may be from before.
   */
  async reload(anew: boolean): Promise<void> {
    [readings, health] = [[], []];
    if (anew) stream?.again();
    await loadAnew();
  },
};
