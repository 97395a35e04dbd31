import { readFileSync } from 'node:fs';

interface Manifest {
  readonly scripts: { readonly start: string };
}

/** What `npm start` gives Node.js: everything that is measured gets the same. */
export const nodeFlags: readonly string[] = readFlags();

function readFlags(): string[] {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { scripts } = JSON.parse(text) as Manifest;
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}
