/** The one place that talks to the server by request. */

import type { Page } from '../types';

/** What the server refused: the name of the problem, and its own (English) sentence. */
export class Refusal extends Error {
  readonly kind: string;
  /** After how many seconds the same may be asked again; null = that would not help. */
  readonly pause: number | null;

  constructor(kind: string, detail: string, pause: number | null = null) {
    super(detail);
    this.kind = kind;
    this.pause = pause;
  }
}

const BASE = '/api/v1';
/** Longest wait for an answer; on a slow link a page needs some seconds. */
const PATIENCE = 20_000;
/** Many may share one address: a reading that is refused as too often is asked for again, so many times. */
const AGAIN = 4;
/** Longest pause before it, s. */
const LONGEST_PAUSE = 5;
/** A list is never followed further than this, whatever its cursor says. */
const MOST_PAGES = 40;

async function request(method: string, path: string, body?: unknown): Promise<Response> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(BASE + path, {
      method,
      credentials: 'same-origin',
      signal: stop.signal,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw await refusal(response);
    return response;
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(stop.signal.aborted ? 'too-slow' : 'no-answer', String(error));
  } finally {
    clearTimeout(timer);
  }
}

async function refusal(response: Response): Promise<Refusal> {
  const problem: { type?: string; detail?: string } = await response.json().catch(() => ({}));
  const kind = problem.type?.split(':').pop() ?? '';
  const pause = Number(response.headers.get('retry-after') ?? NaN);
  return new Refusal(kind, problem.detail ?? `HTTP ${response.status}`, Number.isNaN(pause) ? null : pause);
}

export async function get<T>(path: string): Promise<T> {
  for (let left = AGAIN; ; left -= 1) {
    try {
      return (await (await request('GET', path)).json()) as T;
    } catch (error) {
      if (left === 0 || !(error instanceof Refusal) || error.pause === null) throw error;
      const pause = Math.min(LONGEST_PAUSE, error.pause) * 1_000;
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }
}

/** Every item of a list, page after page. */
export async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const joint = path.includes('?') ? '&' : '?';
    const answer: Page<T> = await get(cursor === null ? path : `${path}${joint}cursor=${encodeURIComponent(cursor)}`);
    items.push(...answer.items);
    cursor = answer.next;
    if (!cursor) break;
  }
  return items;
}

/** Sends a body; the answer may be empty. */
export async function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T | null> {
  const text = await (await request(method, path, body)).text();
  return text === '' ? null : (JSON.parse(text) as T);
}
