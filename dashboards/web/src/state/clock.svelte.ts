/** The server's clock. In a drill it is the drill's, and it runs at the drill's speed. */

const state = $state({ now: Date.now(), speed: 1 });
let anchor = { server: Date.now(), local: performance.now() };

function read(): number {
  return anchor.server + (performance.now() - anchor.local) * state.speed;
}

export const clock = {
  /** Now, ms; changes about once a second. */
  get now(): number {
    return state.now;
  },
  /** Seconds of server time in one real second. */
  get speed(): number {
    return state.speed;
  },
  /** Sets the clock to what the server just said. */
  set(now: string, speed: number = state.speed): void {
    anchor = { server: Date.parse(now), local: performance.now() };
    state.speed = speed;
    state.now = anchor.server;
  },
  /** Starts ticking; returns what stops it. */
  start(): () => void {
    const timer = setInterval(() => (state.now = read()), 1_000);
    return () => clearInterval(timer);
  },
};
