/** How fast the server's clock really runs. */

export interface Glance {
  /** What the server's clock said, ms. */
  server: number;
  /** When it said so on this machine's own clock, ms. */
  local: number;
}

/** Two glances closer together than this say nothing about speed, ms. */
const APART = 40;

/**
 * A drill declares its speed, but from its last instant on its clock runs like any other. Two glances tell
 * which of the two it is; until there are two, it is taken to run like any other.
 */
export function pace(before: Glance | null, now: Glance, declared: number, current: number): number {
  if (declared <= 1) return declared;
  if (before === null) return 1;
  const waited = now.local - before.local;
  if (waited < APART) return current;
  return (now.server - before.server) / waited > Math.sqrt(declared) ? declared : 1;
}
