/** The one place that talks to the server by request; errors keep the server's own words. */

import type { Page } from '../types';

/** What the server refused, with its sentence. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

const BASE = '/api/v1';
/** Longest wait for an answer; on a slow link a page needs some seconds. */
const PATIENCE = 20_000;
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
  } finally {
    clearTimeout(timer);
  }
}

async function refusal(response: Response): Promise<Refusal> {
  const problem: { detail?: string; title?: string } = await response.json().catch(() => ({}));
  return new Refusal(response.status, problem.detail ?? problem.title ?? `HTTP ${response.status}`);
}

export async function get<T>(path: string): Promise<T> {
  return (await request('GET', path)).json() as Promise<T>;
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
export async function send<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T | null> {
  const text = await (await request(method, path, body)).text();
  return text === '' ? null : (JSON.parse(text) as T);
}
