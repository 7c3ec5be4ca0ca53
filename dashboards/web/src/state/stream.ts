/**
 * One live stream for all windows of a browser. To a server on plain HTTP a browser keeps six connections: with
 * a stream in each of six windows none of them could load anything more. One window leads and passes on what it
 * hears; when it goes, or falls silent, another one leads.
 */

/** What the server may say. */
export const EVENTS = ['readings', 'alarms', 'warnings', 'health', 'set_aside', 'duty', 'forecasts', 'status', 'ping', 'reset'] as const;
export type EventName = (typeof EVENTS)[number];

export interface Listener {
  /** It listens to another stream than before: what was told in between it does not know. */
  joined(): void;
  /** The stream is there, or there again. */
  opened(): void;
  /** It broke; whoever leads tries again. */
  broke(): void;
  said(name: EventName, data: unknown): void;
}

interface Letter {
  /** The window that sends it. */
  from: string;
  what: 'who leads' | 'I lead' | 'opened' | 'broke' | 'said' | 'going' | 'open again';
  name?: EventName;
  data?: unknown;
}

export interface Means {
  open: () => EventSource;
  /** null = the browser has none: then every window has its own stream. */
  channel: BroadcastChannel | null;
  id: string;
  /** How long to wait for whoever leads to say so, ms. */
  patience: number;
}

export class Stream {
  private source: EventSource | null = null;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  /** Who leads, as far as is known. */
  private leader: string | null = null;

  constructor(
    private readonly listener: Listener,
    private readonly means: Means,
  ) {
    means.channel?.addEventListener('message', (event) => this.read((event as MessageEvent<Letter>).data));
  }

  /** Whether this window has the stream itself. */
  get leads(): boolean {
    return this.source !== null;
  }

  /** Whether the browser gave up; it does so when the server refuses. */
  get closed(): boolean {
    return this.source?.readyState === 2;
  }

  /** Follows whoever leads; leads when nobody says so. */
  start(): void {
    this.ended = false;
    if (this.means.channel === null) return this.lead();
    this.send({ what: 'who leads' });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.lead(), this.means.patience);
  }

  /** Opens it anew: what a stream tells is settled when it is opened. */
  again(): void {
    if (this.leads) this.open(false);
    else if (this.means.channel) this.send({ what: 'open again' });
  }

  /** Nobody leads, or nothing was heard for too long: this window sees for itself. */
  lead(): void {
    const first = this.leader === null;
    this.leader = this.means.id;
    this.open(!first);
    // What is there already need not wait until the stream is.
    if (first) this.listener.joined();
  }

  /** `missed` = something may have been told before it is open. */
  private open(missed: boolean): void {
    clearTimeout(this.waiting);
    this.source?.close();
    const source = this.means.open();
    this.source = source;
    source.onopen = () => {
      if (missed) this.listener.joined();
      missed = false;
      this.send({ what: 'opened' });
      this.listener.opened();
    };
    source.onerror = () => {
      this.send({ what: 'broke' });
      this.listener.broke();
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        const data: unknown = JSON.parse((event as MessageEvent<string>).data);
        this.send({ what: 'said', name, data });
        this.listener.said(name, data);
      });
    }
  }

  stop(): void {
    this.ended = true;
    clearTimeout(this.waiting);
    if (this.leads) this.send({ what: 'going' });
    this.source?.close();
    this.source = null;
  }

  private send(letter: Omit<Letter, 'from'>): void {
    this.means.channel?.postMessage({ from: this.means.id, ...letter });
  }

  private read(letter: Letter): void {
    if (this.ended) return;
    switch (letter.what) {
      case 'who leads':
        if (this.leads) this.send({ what: 'I lead' });
        return;
      case 'open again':
        if (this.leads) this.open(false);
        return;
      case 'going':
        // Not all at the same time; and if two lead, one of them gives way.
        clearTimeout(this.waiting);
        if (!this.leads) this.waiting = setTimeout(() => this.start(), Math.random() * this.means.patience);
        return;
      default:
        this.hear(letter);
    }
  }

  /** Somebody else leads. Of two, the one whose name comes first goes on. */
  private hear(letter: Letter): void {
    if (this.leads) {
      if (this.means.id < letter.from) return this.send({ what: 'I lead' });
      this.source?.close();
      this.source = null;
    }
    clearTimeout(this.waiting);
    if (this.leader !== letter.from) {
      this.leader = letter.from;
      this.listener.joined();
    }
    if (letter.what === 'opened') this.listener.opened();
    else if (letter.what === 'broke') this.listener.broke();
    else if (letter.name) this.listener.said(letter.name, letter.data);
  }
}

/** What a browser has for it; on plain HTTP there is no `crypto.randomUUID`. */
export function means(): Means {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return {
    open: () => new EventSource('/api/v1/live'),
    channel: 'BroadcastChannel' in window ? new BroadcastChannel('quantrac.live') : null,
    id: [...words].map((one) => one.toString(36).padStart(7, '0')).join(''),
    patience: 150,
  };
}
