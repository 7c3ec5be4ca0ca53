/** The server's clock. In a drill it is the drill's, and it runs at the drill's speed. */

import { type Glance, pace } from '../lib/pace';

const state = $state({ now: Date.now(), speed: 1 });
/** Most of the page need not change every second. */
const SLOW = 10_000;
const slow = $derived(Math.floor(state.now / SLOW) * SLOW);
let declared = 1;
let seen: Glance | null = null;

function read(): number {
  return seen === null ? Date.now() : seen.server + (performance.now() - seen.local) * state.speed;
}

export const clock = {
  /** Now, ms; changes about once a second. */
  get now(): number {
    return state.now;
  },
  /** Now, at most ten seconds ago: for ages, days and everything else that a second does not change. */
  get slow(): number {
    return slow;
  },
  /** Seconds of server time in one real second, as it runs now. */
  get speed(): number {
    return state.speed;
  },
  /** Sets the clock to what the server just said. */
  set(now: string, speed: number = declared): void {
    const glance = { server: Date.parse(now), local: performance.now() };
    declared = speed;
    state.speed = pace(seen, glance, declared, state.speed);
    seen = glance;
    state.now = glance.server;
  },
  /** Starts ticking; returns what stops it. */
  start(): () => void {
    const timer = setInterval(() => (state.now = read()), 1_000);
    return () => clearInterval(timer);
  },
};
