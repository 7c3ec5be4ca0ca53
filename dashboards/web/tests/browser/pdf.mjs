/** The words on each page of a PDF as Chromium writes it: enough to read a bulletin back, no more. */

import { inflateSync } from 'node:zlib';

/** Every object by number: what stands in it, and its stream unpacked. */
function objects(bytes) {
  const text = bytes.toString('latin1');
  const found = new Map();
  for (const head of text.matchAll(/(?:^|\n)(\d+) 0 obj\s/g)) {
    const from = head.index + head[0].length;
    const stream = text.indexOf('stream\n', from);
    const end = text.indexOf('endobj', from);
    if (stream < 0 || stream > end) {
      found.set(head[1], { dict: text.slice(from, end), body: '' });
      continue;
    }
    const dict = text.slice(from, stream);
    const length = Number(/\/Length (\d+)/.exec(dict)?.[1] ?? 0);
    const raw = bytes.subarray(stream + 7, stream + 7 + length);
    const body = dict.includes('/FlateDecode') ? inflateSync(raw).toString('latin1') : raw.toString('latin1');
    found.set(head[1], { dict, body });
  }
  return found;
}

/** Glyph number → text. */
function letters(map) {
  const out = new Map();
  const text = (hex) => Buffer.from(hex, 'hex').swap16().toString('utf16le');
  for (const [, block] of map.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, glyph, unicode] of block.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g)) out.set(parseInt(glyph, 16), text(unicode));
  }
  for (const [, block] of map.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, from, to, start] of block.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g)) {
      const first = parseInt(from, 16);
      for (let glyph = first; glyph <= parseInt(to, 16); glyph += 1) out.set(glyph, String.fromCodePoint(parseInt(start, 16) + glyph - first));
    }
  }
  return out;
}

/** Text of each page without blanks: where a font changes inside a word, none can be trusted. */
export function pdfPages(bytes) {
  const all = objects(bytes);
  const of = (dict, key) => {
    const reference = new RegExp(`/${key} (\\d+) 0 R`).exec(dict);
    return reference ? all.get(reference[1]) : undefined;
  };
  const resources = (dict) => of(dict, 'Resources')?.dict ?? dict;
  const read = ({ dict, body }, content = body) => {
    const known = resources(dict);
    let [font, out] = [new Map(), ''];
    for (const [, name, shown, drawn] of content.matchAll(/\/(\S+) [\d.-]+ Tf|<([0-9A-Fa-f]+)> Tj|\/(\S+) Do/g)) {
      if (name) font = letters(of(of(known, name)?.dict ?? '', 'ToUnicode')?.body ?? '');
      if (shown) for (let i = 0; i < shown.length; i += 4) out += font.get(parseInt(shown.slice(i, i + 4), 16)) ?? '';
      const form = drawn ? of(known, drawn) : undefined;
      if (form?.dict.includes('/Form')) out += read(form);
    }
    return out;
  };
  const pages = [...all.values()].filter((one) => /\/Type \/Page\b(?!s)/.test(one.dict));
  return pages.map((one) => read(one, of(one.dict, 'Contents')?.body ?? '').replace(/\s+/g, ''));
}
