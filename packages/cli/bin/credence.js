#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('credence is not built yet. Run `npm start` once, or `npm ci` and `npm run build`.\n');
  process.exitCode = 1;
}
