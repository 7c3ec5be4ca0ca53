/** Module hooks: where an import without an ending is, and how its text becomes JavaScript. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const ENDINGS = ['.ts', '/index.ts'];
const OPTIONS = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };

function found(specifier, parent) {
  return ENDINGS.map((ending) => new URL(specifier + ending, parent)).find((url) => existsSync(url));
}

export function resolve(specifier, context, next) {
  const url = specifier.startsWith('.') && context.parentURL ? found(specifier, context.parentURL) : undefined;
  return url ? { url: url.href, shortCircuit: true } : next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  const plain = ts.transpileModule(readFileSync(path, 'utf8'), { compilerOptions: OPTIONS, fileName: path }).outputText;
  const source = path.endsWith('.svelte.ts') ? await withoutRunes(plain, path) : plain;
  return { format: 'module', source, shortCircuit: true };
}

/** As on a server: state is a plain variable, derived values are worked out when they are read. */
async function withoutRunes(source, filename) {
  const { compileModule } = await import('svelte/compiler');
  return compileModule(source, { filename, generate: 'server' }).js.code;
}
