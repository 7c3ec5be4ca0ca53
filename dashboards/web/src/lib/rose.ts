/** Wind roses: how often the wind came from where, and how strong. Forces are the server's, by its table. */

export const SECTORS = 16;

/** The eight named directions: 0 = north … 7 = north-west. */
export function sector(degrees: number, of = 8): number {
  const turn = 360 / of;
  return ((Math.round(degrees / turn) % of) + of) % of;
}

/** Classes of force: light, moderate, strong, gale and more. The least force of each. */
export const CLASSES = [1, 4, 6, 8] as const;

export interface Gust {
  at: number;
  /** Degrees that the wind comes from; null = not measured. */
  from: number | null;
  /** Beaufort; null = not measured. */
  force: number | null;
}

export interface Rose {
  /** Share of each sector and class of all observations, %; sector 0 = north, clockwise. */
  shares: number[][];
  /** %, force 0: it comes from nowhere. */
  calm: number;
  /** Observations that count. */
  count: number;
  /** The longest sector, %. */
  longest: number;
}

export function classOf(force: number): number {
  return CLASSES.reduce((found, least, i) => (force >= least ? i : found), 0);
}

/** What has no force, or blows from no known direction, does not count. */
export function rose(all: Gust[]): Rose {
  const counts = Array.from({ length: SECTORS }, () => CLASSES.map(() => 0));
  let calm = 0;
  let count = 0;
  for (const { from, force } of all) {
    if (force === null || (force >= 1 && from === null)) continue;
    count += 1;
    if (force < 1) calm += 1;
    else {
      const own = counts[sector(from ?? 0, SECTORS)];
      if (own) own[classOf(force)] = (own[classOf(force)] ?? 0) + 1;
    }
  }
  const share = (n: number): number => (count === 0 ? 0 : (n * 100) / count);
  const shares = counts.map((sectors) => sectors.map(share));
  return { shares, calm: share(calm), count, longest: Math.max(0, ...shares.map((one) => one.reduce((a, b) => a + b, 0))) };
}

/** Direction and force of the same instant; a rose needs both. */
export function together(directions: { at: number; value: number | null; flag: number }[], forces: typeof directions): Gust[] {
  const from = new Map(directions.map((one) => [one.at, one.flag < 4 ? one.value : null]));
  return forces.map((one) => ({ at: one.at, from: from.get(one.at) ?? null, force: one.flag < 4 ? one.value : null }));
}

/** A piece of a ring, clockwise from north, as an SVG path around 0,0. */
export function wedge(inner: number, outer: number, middle: number, width: number): string {
  const point = (radius: number, degrees: number): string => {
    const angle = (degrees * Math.PI) / 180;
    return `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;
  };
  const [a, b] = [middle - width / 2, middle + width / 2];
  return `M${point(inner, a)}L${point(outer, a)}A${outer} ${outer} 0 0 1 ${point(outer, b)}L${point(inner, b)}A${inner} ${inner} 0 0 0 ${point(inner, a)}z`;
}
