import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const server = process.env.QUANTRAC_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: {
    // Office PCs with Windows 7 end at Chrome 109; some phones are older.
    target: ['es2020', 'chrome87', 'firefox78', 'safari14'],
    // The content security policy allows no data: fonts and no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What several pages share comes in one file: to a server on plain HTTP a browser keeps six connections.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', test: /src[\\/](lib|parts)[\\/]/, minShareCount: 3, maxModuleSize: 8_000 }] } } },
  },
  server: {
    proxy: Object.fromEntries(['/api', '/cap', '/r', '/health'].map((path) => [path, server])),
  },
});
