/** What fits on a wall at one time. */

export interface Slide<T> {
  id: string;
  name: string;
  /** `1/2` when it takes more than one; else empty. */
  part: string;
  rows: T[];
}

/** Cuts long lists into equal parts of at most `most`; what has no rows is left out. */
export function chunks<T>(all: { id: string; name: string; rows: T[] }[], most: number): Slide<T>[] {
  return all.flatMap(({ id, name, rows }) => {
    const parts = Math.ceil(rows.length / most);
    const each = Math.ceil(rows.length / Math.max(1, parts));
    return Array.from({ length: parts }, (_, i) => ({
      id,
      name,
      part: parts > 1 ? `${i + 1}/${parts}` : '',
      rows: rows.slice(i * each, (i + 1) * each),
    }));
  });
}
