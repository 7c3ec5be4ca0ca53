/** The shift log by shift: whose time it was, and what happened in it. */

import type { LogItem, ShiftView } from '../types_duty';

export interface Watch {
  /** null = nobody had begun a shift. */
  shift: ShiftView | null;
  items: LogItem[];
}

/** Shifts newest first, each with its lines newest first; what lies before the first shift is nobody's. */
export function watches(shifts: readonly ShiftView[], items: readonly LogItem[]): Watch[] {
  const out: Watch[] = [...shifts].reverse().map((shift) => ({ shift, items: [] }));
  const nobody: Watch = { shift: null, items: [] };
  for (const item of items) {
    const at = Date.parse(item.at);
    const own = out.find((watch) => watch.shift !== null && begins(watch.shift, item, at));
    (own ?? nobody).items.push(item);
  }
  return nobody.items.length > 0 ? [...out, nobody] : out;
}

/** The act that begins a shift belongs to it, though others of the same instant may not. */
function begins(shift: ShiftView, item: LogItem, at: number): boolean {
  if (item.kind === 'duty' && item.what === 'take_over') return item.seq === shift.seq || Date.parse(shift.from) < at;
  return Date.parse(shift.from) <= at;
}
