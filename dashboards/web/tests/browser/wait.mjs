/** Waiting for what is expected, never for a time. */

/** Asks until the answer is true-ish and gives it back. */
export async function until(what, ask, { seconds = 15, every = 100, about = () => '' } = {}) {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}\n${about()}`);
    await new Promise((next) => setTimeout(next, every));
  }
}

export function expect(truth, what) {
  if (!truth) throw new Error(what);
}

export function same(found, expected, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: found ${a}, expected ${b}`);
}
