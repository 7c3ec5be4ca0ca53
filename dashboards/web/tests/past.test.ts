import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keyed, learnt, marks, nights, played, raises, readMoment, readStamp, stamp, stretch } from '../src/lib/past.ts';
import { HOUR, MINUTE } from '../src/lib/time.ts';
import type { Happening, Warning } from '../src/types.ts';

const at = (text: string): number => Date.parse(`${text}:00+07:00`);
const NIGHT = { from: at('2025-11-18T12:00'), to: at('2025-11-19T12:00') };

test('an instant in an address is Viet Nam time and nothing else is one', () => {
  assert.equal(stamp(at('2025-11-19T02:15')), '2025-11-19T02:15');
  assert.equal(readStamp('2025-11-19T02:15'), at('2025-11-19T02:15'));
  for (const text of [null, '', '2025-11-19', '2025-02-31T00:00', '2025-11-19T25:00', '19/11/2025 02:15']) assert.equal(readStamp(text), null, String(text));
});

test('an instant is read as people write it', () => {
  const now = at('2025-11-25T00:00');
  for (const text of ['02:15 19/11/2025', ' 2:15  19/11', '2h15 19.11.2025']) assert.equal(readMoment(text, now), at('2025-11-19T02:15'), text);
  for (const text of ['', '19/11/2025', '02:15', '25:00 19/11/2025', '02:15 31/02/2025']) assert.equal(readMoment(text, now), null, text);
});

test('a stretch has two ends in any order, and an end', () => {
  assert.deepEqual(stretch(NIGHT.to, NIGHT.from), NIGHT);
  assert.equal(stretch(NIGHT.from, NIGHT.from), null);
  assert.equal(stretch(null, NIGHT.to), null);
  assert.equal(stretch(NIGHT.from, NIGHT.from + 63 * 24 * HOUR), null);
});

test('keys go ten minutes, an hour, to the ends, and never beyond', () => {
  const here = at('2025-11-19T02:15');
  assert.equal(keyed('ArrowRight', here, NIGHT), at('2025-11-19T02:25'));
  assert.equal(keyed('ArrowLeft', here, NIGHT), at('2025-11-19T02:05'));
  assert.equal(keyed('PageUp', here, NIGHT), at('2025-11-19T03:15'));
  assert.equal(keyed('PageDown', here, NIGHT), at('2025-11-19T01:15'));
  assert.equal(keyed('Home', here, NIGHT), NIGHT.from);
  assert.equal(keyed('End', here, NIGHT), NIGHT.to);
  assert.equal(keyed('ArrowRight', NIGHT.to, NIGHT), NIGHT.to);
  assert.equal(keyed('a', here, NIGHT), null);
});

test('playing goes by whole minutes, carries the rest on, and ends at the end', () => {
  const go = (speed: 60 | 600 | 3600, beats: number): number => {
    let [hand, rest] = [NIGHT.from, 0];
    for (let n = 0; n < beats; n += 1) {
      const next = played(hand, speed, 250 + rest, NIGHT);
      assert.equal(next.at % MINUTE, 0);
      [hand, rest] = [next.at, next.rest];
    }
    return hand - NIGHT.from;
  };
  assert.equal(go(60, 8), 2 * MINUTE);
  assert.equal(go(600, 8), 20 * MINUTE);
  assert.equal(go(3600, 8), 2 * HOUR);
  const last = played(NIGHT.to - MINUTE, 3600, 1_000, NIGHT);
  assert.deepEqual([last.at, last.ended], [NIGHT.to, true]);
});

const warning = (more: Partial<Warning>): Warning => ({
  id: 'song-kon-1', episode: 'song-kon', episode_name: 'sông Kôn', hazard: 'flood', realm: 'actual', state: 'ended', level: 1,
  provisional: false, onset: '2025-11-18T18:00:00+07:00', drafted_at: '2025-11-18T18:02:30+07:00', changed_at: '2025-11-20T09:00:00+07:00',
  draft: null, messages: 4, peak: null, log: [{ at: '', who: null, what: 'confirmed', detail: 'issue 1' }, { at: '', who: null, what: 'confirmed', detail: 'update 3' }], ...more,
});

test('a night reaches around its warning and is called by the highest level that was said', () => {
  const now = at('2025-11-25T00:00');
  const [night, more] = nights([warning({ id: 'b', onset: '2025-10-01T00:00:00+07:00', drafted_at: '2025-10-01T00:00:00+07:00', changed_at: '2025-10-01T05:00:00+07:00' }), warning({})], now);
  assert.deepEqual([night?.id, night?.top, more?.id], ['song-kon-1', 3, 'b'], 'newest first');
  assert.deepEqual([stamp(night?.from ?? 0), stamp(night?.to ?? 0), stamp(night?.at ?? 0)], ['2025-11-18T15:00', '2025-11-20T12:00', '2025-11-18T18:02']);
  const [open] = nights([warning({ state: 'issued' })], at('2025-11-21T03:10'));
  assert.equal(stamp(open?.to ?? 0), '2025-11-21T03:10', 'what goes on reaches now');
});

const alarm = (known: string, from: number, to: number): Happening => ({
  seq: 1, known_at: `2025-11-19T${known}:00+07:00`, at: '2025-11-19T00:00:00+07:00', what: 'alarm',
  transition: {
    rule: 'flood', target: 'dieu-tri', episode: 'song-ha-thanh', provisional: false, late: false, evidence: [], at: '',
    from: from === 0 ? { state: 'normal' } : { state: 'level', level: from }, to: to === 0 ? { state: 'normal' } : { state: 'level', level: to },
  },
});

test('a mark stands where something became known, the worst of its place', () => {
  assert.deepEqual([raises(alarm('01:00', 1, 3)), raises(alarm('01:00', 3, 1)), raises(alarm('01:00', 1, 0))], [3, 0, 0]);
  const found = marks([alarm('00:00', 0, 1), alarm('00:01', 1, 2), alarm('06:00', 2, 1), alarm('11:59', 2, 3)], NIGHT, 24);
  assert.deepEqual(found.map((one) => [one.level, one.count]), [[2, 2], [3, 1]]);
  assert.ok(found[0]!.place > 0.5 && found[1]!.place < 1);
});

test('what was learnt later is what is new or different now', () => {
  const one = (at: number, value: number | null) => ({ at, value });
  assert.deepEqual(learnt([one(1, 5), one(2, 6)], [one(1, 5), one(2, 7), one(3, 8)]), [one(2, 7), one(3, 8)]);
});
