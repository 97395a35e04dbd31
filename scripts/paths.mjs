// @ts-check
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** @param {string} path relative to the root of the repository, `''` for the root itself */
export function fromRoot(path) {
  return fileURLToPath(new URL(path, root));
}
