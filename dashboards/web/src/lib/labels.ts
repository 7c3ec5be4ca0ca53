/** Where the names on a map stand, so that none covers another or a symbol. */

export interface Spot {
  id: string;
  /** Where its symbol is, px. */
  x: number;
  y: number;
  /** How wide its name is, px. */
  width: number;
  /** Its name is shown even where there is no room for it. */
  must: boolean;
}

export type Side = 'right' | 'left' | 'none';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Half a symbol, half a line of text, and the air between both, px. */
const [SYMBOL, LINE, AIR] = [14, 9, 3];

function boxOf(spot: Spot, side: 'right' | 'left'): Box {
  const near = SYMBOL + AIR;
  const [left, right] = side === 'right' ? [near, near + spot.width] : [-near - spot.width, -near];
  return { left: spot.x + left, right: spot.x + right, top: spot.y - LINE, bottom: spot.y + LINE };
}

const touches = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The first in the list has the first choice: to the right, else to the left, else no name. */
export function sides(spots: Spot[]): Map<string, Side> {
  const symbols = spots.map(({ x, y }) => ({ left: x - SYMBOL, right: x + SYMBOL, top: y - SYMBOL, bottom: y + SYMBOL }));
  const taken: Box[] = [];
  const out = new Map<string, Side>();
  spots.forEach((spot, own) => {
    const free = (side: 'right' | 'left'): boolean => {
      const box = boxOf(spot, side);
      return !taken.some((one) => touches(one, box)) && !symbols.some((one, i) => i !== own && touches(one, box));
    };
    const side = free('right') ? 'right' : free('left') ? 'left' : spot.must ? 'right' : 'none';
    if (side !== 'none') taken.push(boxOf(spot, side));
    out.set(spot.id, side);
  });
  return out;
}
