/** One past night: what was known at the instant looked at, what happened, and playing. Nothing of it is of now. */

import { DEFAULT_SPEED, type Mark, marks, played, type Speed, type Stretch, within } from '../lib/past';
import { reason } from '../lib/refusal';
import { rfc3339 } from '../lib/time';
import type { BoardThen, Forecast, Happening, Page, Station } from '../types';
import { all, get } from './api';
import { Board } from './board.svelte';
import { Forecasts } from './forecasts.svelte';
import { Rows } from './rows.svelte';

/** What the page shows of the readings. */
const PARAMETERS = 'water_level,water_level_rise,rain_1h,rain_24h';
/** Answers that are remembered, so that going back and forth asks nobody. */
const REMEMBERED = 120;
/** Marks on the slider. */
const PLACES = 160;
/** Pages of events that are followed. */
const MOST_PAGES = 12;
/** The hand moves this often while it plays, ms. */
const BEAT = 250;

const quoted = (at: number): string => encodeURIComponent(rfc3339(at));

/** A clock that stands at the instant looked at. */
class Stand {
  now = $state(0);
  readonly speed = 1;
  get slow(): number {
    return this.now;
  }
}

/** What was known at an instant. */
type Answer = BoardThen & { forecasts: Forecast[] };

export class Past {
  readonly board = new Board();
  readonly clock = new Stand();
  readonly rows = new Rows(this.board, this.clock);
  readonly forecasts = new Forecasts();
  /** The instant that is asked for; what is shown is the clock's. */
  at = $state(0);
  playing = $state(false);
  speed = $state<Speed>(DEFAULT_SPEED);
  failure = $state<string | null>(null);
  incomplete = $state.raw<BoardThen['incomplete']>(null);
  /** There was a configuration, so there were stations. */
  configured = $state(true);
  /** Something is shown. */
  shown = $state(false);
  events = $state.raw<Happening[]>([]);
  eventsLoading = $state(true);
  /** Not all of them came. */
  eventsCut = $state(false);
  marks: Mark[] = $derived.by(() => marks(this.events, this.span, PLACES));

  private readonly answers = new Map<number, Answer>();
  /** Whether anything was forecast for that night; when not, nobody is asked again and again. */
  private forecast: Promise<boolean> | null = null;
  private config: number | null = null;
  private stations: Station[] = [];
  private asking = false;
  private closed = false;
  private rest = 0;

  constructor(
    readonly span: Stretch,
    at: number,
    speed: Speed,
  ) {
    this.at = within(at, span);
    this.speed = speed;
  }

  /** Loads; returns what stops it. */
  start(): () => void {
    void this.loadEvents();
    void this.follow();
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      if (this.playing) this.beat(now - before);
      before = now;
    }, BEAT);
    return () => {
      this.closed = true;
      clearInterval(timer);
    };
  }

  get waiting(): boolean {
    return this.clock.now !== this.at;
  }

  go(at: number): void {
    this.at = within(at, this.span);
    void this.follow();
  }

  toggle(): void {
    if (!this.playing && this.at >= this.span.to) this.go(this.span.from);
    this.rest = 0;
    this.playing = !this.playing;
  }

  /** The hand waits for what it shows: a slow link makes it slower, never wrong. */
  private beat(elapsed: number): void {
    if (this.waiting) return;
    const moved = played(this.at, this.speed, Math.min(elapsed, 4 * BEAT) + this.rest, this.span);
    this.rest = moved.rest;
    if (moved.at !== this.at) this.go(moved.at);
    if (moved.ended) this.playing = false;
  }

  /** One question at a time, always the newest. */
  private async follow(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    while (!this.closed && (this.waiting || !this.shown)) {
      const at = this.at;
      try {
        const answer = await this.answer(at);
        await this.equip(answer, at);
        this.failure = null;
        this.show(answer, at);
      } catch (error) {
        // Rather nothing than another instant under this banner.
        this.failure = reason(error);
        this.shown = false;
        this.playing = false;
        this.clock.now = at;
        if (at === this.at) break;
      }
    }
    this.asking = false;
  }

  private async answer(at: number): Promise<Answer> {
    const known = this.answers.get(at);
    if (known) return known;
    const [board, forecasts] = await Promise.all([
      get<BoardThen>(`/board?known_at=${quoted(at)}&parameters=${PARAMETERS}`),
      this.forecastsAt(at),
    ]);
    const answer = { ...board, forecasts };
    const oldest = this.answers.size >= REMEMBERED ? this.answers.keys().next().value : undefined;
    if (oldest !== undefined) this.answers.delete(oldest);
    this.answers.set(at, answer);
    return answer;
  }

  private async forecastsAt(at: number): Promise<Forecast[]> {
    const some = async (): Promise<boolean> => {
      const range = `from=${quoted(this.span.from)}&to=${quoted(this.span.to)}`;
      return (await get<Page<Forecast>>(`/forecasts?parameter=water_level&all=true&limit=1&${range}`)).items.length > 0;
    };
    this.forecast ??= some();
    return (await this.forecast) ? all<Forecast>(`/forecasts?parameter=water_level&known_at=${quoted(at)}`) : [];
  }

  /** Stations and levels as they were configured then. */
  private async equip(answer: Answer, at: number): Promise<void> {
    if (answer.config === this.config) return;
    this.stations = answer.config === null ? [] : await all<Station>(`/stations?at=${quoted(at)}`);
    this.config = answer.config;
  }

  private show(answer: Answer, at: number): void {
    if (this.closed) return;
    const health = new Map(answer.health.map((one) => [one.station, one]));
    const stations = this.stations.map((one) => ({ ...one, health: health.get(one.id) ?? null }));
    this.clock.now = at;
    this.board.show({ stations, latest: answer.latest, alarms: answer.alarms, warnings: answer.warnings });
    this.forecasts.show(answer.forecasts);
    this.board.loaded = true;
    this.incomplete = answer.incomplete;
    this.configured = answer.config !== null;
    this.shown = true;
  }

  private async loadEvents(): Promise<void> {
    const path = `/events?from=${quoted(this.span.from)}&to=${quoted(this.span.to)}&limit=1000`;
    try {
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES && !this.closed; page += 1) {
        const answer: Page<Happening> = await get(cursor === null ? path : `${path}&cursor=${cursor}`);
        this.events = [...this.events, ...answer.items];
        cursor = answer.next;
        if (cursor === null) break;
      }
      this.eventsCut = cursor !== null;
    } catch (error) {
      this.failure = reason(error);
    }
    this.eventsLoading = false;
  }
}
