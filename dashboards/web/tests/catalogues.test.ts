import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { en } from '../src/i18n/en';
import { vi } from '../src/i18n/vi';

const src = new URL('../src/', import.meta.url);
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|ts)$/.test(name));
const texts = new Map(files.map((name) => [name, readFileSync(new URL(name, src), 'utf8')]));
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test('both catalogues have the same keys and the same placeholders', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(vi).sort());
  for (const [key, text] of Object.entries(vi)) {
    assert.deepEqual(placeholders(en[key as keyof typeof en]), placeholders(text), key);
  }
});

test('every key is used somewhere, by name or as part of a group', () => {
  const code = [...texts].filter(([name]) => !/i18n\/(vi|en)(_\w+)?\.ts/.test(name)).map(([, text]) => text).join('\n');
  const used = (key: string): boolean => {
    const group = key.split('.')[0] ?? '';
    return code.includes(`'${key}'`) || code.includes(`\`${group}.`) || code.includes(`'${group}'`);
  };
  assert.deepEqual(Object.keys(vi).filter((key) => !used(key)), []);
});

test('what the server may say of a station, a layer or a notice has a word', () => {
  const groups: Record<string, string[]> = {
    condition: ['silent', 'clock_wrong', 'battery_low', 'sends_nonsense', 'sensor_silent', 'implausible', 'maintenance_over'],
    fault: ['sensor', 'battery', 'clock', 'logger', 'station_or_line', 'line', 'intake', 'ledger', 'maintenance'],
    layer: ['store', 'intake', 'clock', 'config', 'stations', 'delivery'],
    notice: ['waiting', 'sending', 'sent', 'delivered', 'read', 'confirmed', 'dead', 'escalated', 'settled'],
  };
  for (const [group, names] of Object.entries(groups)) {
    assert.deepEqual(names.filter((name) => !(`${group}.${name}` in vi)), [], group);
  }
});

test('no component has words of its own', () => {
  for (const [name, text] of texts) {
    if (!name.endsWith('.svelte')) continue;
    const markup = text.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<!--[\s\S]*?-->/g, '');
    const letters = /[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]/i.exec(markup);
    assert.equal(letters, null, `${name} has Vietnamese text: ${letters?.[0] ?? ''}`);
  }
});
