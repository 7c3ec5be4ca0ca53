/** Lets node run the page's own modules: TypeScript, runes in `.svelte.ts`, imports without an ending. */

import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);

// What a browser has and node has not, as far as modules ask for it when they are loaded.
globalThis.matchMedia ??= () => ({ matches: false });
