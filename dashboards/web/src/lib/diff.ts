/** Which lines of a text are others, with a little of what stands around them. */

export interface DiffLine {
  kind: 'same' | 'gone' | 'new';
  text: string;
  /** Line number in the text it stands in: the new one, or for a line that is gone the old one. */
  n: number;
}
/** Lines that belong together; between two of them equal lines are left out. */
export type Hunk = DiffLine[];

/** Beyond so many pairs of lines they are not compared one by one. */
const MOST_PAIRS = 4_000_000;

function between(old: string[], now: string[], offset: number): DiffLine[] {
  const width = now.length + 1;
  if (old.length * now.length > MOST_PAIRS) {
    return [...old.map((text, i): DiffLine => ({ kind: 'gone', text, n: offset + i + 1 })), ...now.map((text, i): DiffLine => ({ kind: 'new', text, n: offset + i + 1 }))];
  }
  // Length of the longest common subsequence of what is left of both.
  const left = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      left[at] = old[i] === now[j] ? (left[at + width + 1] ?? 0) + 1 : Math.max(left[at + width] ?? 0, left[at + 1] ?? 0);
    }
  }
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const at = i * width + j;
    if (i < old.length && j < now.length && old[i] === now[j]) {
      out.push({ kind: 'same', text: now[j] ?? '', n: offset + j + 1 });
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || (left[at + width] ?? 0) >= (left[at + 1] ?? 0))) {
      out.push({ kind: 'gone', text: old[i] ?? '', n: offset + i + 1 });
      i += 1;
    } else {
      out.push({ kind: 'new', text: now[j] ?? '', n: offset + j + 1 });
      j += 1;
    }
  }
  return out;
}

/** Every place where they differ, with `around` equal lines on both sides. */
export function diff(before: string, after: string, around = 2): Hunk[] {
  if (before === after) return [];
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const head = now.slice(Math.max(0, start - around), start).map((text, i): DiffLine => ({ kind: 'same', text, n: Math.max(0, start - around) + i + 1 }));
  const tail = now.slice(now.length - end, now.length - end + around).map((text, i): DiffLine => ({ kind: 'same', text, n: now.length - end + i + 1 }));
  const all = [...head, ...between(old.slice(start, old.length - end), now.slice(start, now.length - end), start), ...tail];
  const near = all.map((_, i) => all.slice(Math.max(0, i - around), i + around + 1).some((one) => one.kind !== 'same'));
  const hunks: Hunk[] = [];
  all.forEach((line, i) => {
    if (!near[i]) return;
    if (i === 0 || !near[i - 1]) hunks.push([]);
    hunks[hunks.length - 1]?.push(line);
  });
  return hunks;
}
