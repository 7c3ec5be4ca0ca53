import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Decision } from '../src/state/decision.svelte';
import type { Draft, Warning } from '../src/types';

const said = { headline: 'Lũ sông Kôn', description: 'Thạnh Hòa: 8,21 m', instruction: 'Sơ tán' };
const draft: Draft = {
  number: 1,
  kind: 'issue',
  level: 2,
  provisional: false,
  late: false,
  drafted_at: '2025-11-19T02:00:00+07:00',
  auto_at: null,
  text: { vi: said, en: said },
  evidence: [],
};
const waits = (more: Partial<Draft> | null): Warning => ({ id: 'kon-1', state: 'draft', draft: more && { ...draft, ...more } }) as Warning;

const fetched = globalThis.fetch;
afterEach(() => (globalThis.fetch = fetched));

/** The server refuses the draft's number; what it says of the draft comes first. */
function refuses(decision: Decision, meanwhile: Warning): void {
  globalThis.fetch = async () => {
    decision.look(meanwhile);
    const body = JSON.stringify({ type: 'urn:quantrac:problem:draft-changed', detail: 'the draft changed' });
    return new Response(body, { status: 409 });
  };
}

async function confirmed(meanwhile: Warning): Promise<Decision> {
  const decision = new Decision();
  decision.look(waits({}));
  decision.begin('confirm', draft);
  refuses(decision, meanwhile);
  await decision.carryOut(waits({}));
  assert.notEqual(decision.refusal, '');
  return decision;
}

test('a level that changes while the server is asked stops the decision and is told', async () => {
  const decision = await confirmed(waits({ number: 2, level: 3 }));
  assert.deepEqual(decision.changed?.how, [{ what: 'level' }]);
  assert.equal(decision.act, null);
});

test('numbers that change while the server is asked leave the decision open for another try', async () => {
  const decision = await confirmed(waits({ number: 2, text: { vi: { ...said, description: 'Thạnh Hòa: 8,30 m' }, en: said } }));
  assert.equal(decision.changed, null);
  assert.equal(decision.act, 'confirm');
  assert.deepEqual(decision.shown(draft)?.text.vi, said);
  assert.equal(decision.shown(draft)?.number, 2);
});

test('a draft that is withdrawn while the server is asked asks nothing any more', async () => {
  const decision = await confirmed(waits(null));
  assert.deepEqual([decision.act, decision.changed], [null, null]);
});
