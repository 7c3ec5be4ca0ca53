import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { BroadcastChannel } from 'node:worker_threads';

import { EVENTS, Stream } from '../src/state/stream';

/** A stream as the browser has it, as far as it is used. */
class Source extends EventTarget {
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  close(): void {
    this.readyState = 2;
  }
  say(name: (typeof EVENTS)[number], data: unknown): void {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data) }));
  }
}

let count = 0;
let open: { stream: Stream; channel: BroadcastChannel }[] = [];
afterEach(() => {
  open.forEach(({ stream, channel }) => (stream.stop(), channel.close()));
  open = [];
  count += 1;
});

/** A window with that name. */
function tab(id: string) {
  const heard: string[] = [];
  const sources: Source[] = [];
  const channel = new BroadcastChannel(`test ${count}`);
  const stream = new Stream(
    { joined: () => heard.push('joined'), opened: () => heard.push('opened'), broke: () => heard.push('broke'), said: (name, data) => heard.push(`${name} ${JSON.stringify(data)}`) },
    {
      open: () => {
        const made = new Source();
        sources.push(made);
        return made as unknown as EventSource;
      },
      channel: channel as unknown as globalThis.BroadcastChannel,
      id,
      patience: 100,
    },
  );
  open.push({ stream, channel });
  return { stream, heard, live: () => sources.filter((one) => one.readyState < 2) };
}

async function until(what: string, truth: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!truth()) {
    assert.ok(Date.now() < end, `not within 20 s: ${what}`);
    await new Promise((next) => setTimeout(next, 5));
  }
}

const leading = (...tabs: ReturnType<typeof tab>[]): number => tabs.filter((one) => one.live().length > 0).length;

test('the second window has no stream of its own and hears what the first hears', async () => {
  const a = tab('a');
  a.stream.start();
  await until('the first leads', () => a.stream.leads);
  const b = tab('b');
  b.stream.start();
  a.live()[0]?.onopen?.();
  a.live()[0]?.say('readings', { items: [1] });
  a.live()[0]?.onerror?.();
  await until('the second hears', () => b.heard.includes('broke'));
  assert.deepEqual(b.heard, ['joined', 'opened', 'readings {"items":[1]}', 'broke']);
  assert.deepEqual(a.heard, b.heard);
  assert.equal(b.live().length, 0);
});

test('when the window that leads is closed, one of the others leads', async () => {
  const [a, b, c] = [tab('a'), tab('b'), tab('c')];
  a.stream.start();
  await until('the first leads', () => a.stream.leads);
  b.stream.start();
  c.stream.start();
  a.stream.stop();
  await until('another one leads', () => leading(b, c) > 0);
  const leader = (): ReturnType<typeof tab> => (b.stream.leads ? b : c);
  leader().live()[0]?.onopen?.();
  await until('only one leads, and both hear it', () => {
    // Two may lead for a moment; what the server says goes on.
    leader().live()[0]?.say('status', {});
    return leading(b, c) === 1 && b.heard.includes('status {}') && c.heard.includes('status {}');
  });
});

test('of two that lead one gives way', async () => {
  const [a, b] = [tab('a'), tab('b')];
  a.stream.lead();
  b.stream.lead();
  b.live()[0]?.onopen?.();
  await until('b gave way', () => leading(a, b) === 1 && a.stream.leads);
});

test('a window that follows has the stream opened anew by the one that leads', async () => {
  const [a, b] = [tab('a'), tab('b')];
  a.stream.start();
  await until('a leads', () => a.stream.leads);
  const before = a.live()[0];
  b.stream.start();
  b.stream.again();
  await until('another stream', () => a.live().length === 1 && a.live()[0] !== before);
  assert.equal(before?.readyState, 2);
});

test('whoever comes to another stream is told, so that it asks for what it missed; a reconnect misses nothing', async () => {
  const [a, b, c] = [tab('a'), tab('b'), tab('c')];
  a.stream.start();
  await until('a leads', () => a.stream.leads);
  assert.deepEqual(a.heard, ['joined'], 'what is there need not wait for the stream');
  a.live()[0]?.onopen?.();
  a.live()[0]?.onopen?.();
  assert.deepEqual(a.heard, ['joined', 'opened', 'opened']);
  b.stream.start();
  c.stream.start();
  await until('both follow', () => b.heard.includes('joined') && c.heard.includes('joined'));
  a.stream.stop();
  await until('one of them leads', () => leading(b, c) > 0);
  const joined = (one: typeof b): number => one.heard.filter((what) => what === 'joined').length;
  await until('both ask again', () => {
    [b, c].forEach((one) => one.live()[0]?.onopen?.());
    return joined(b) >= 2 && joined(c) >= 2;
  });
});
