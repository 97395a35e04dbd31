// @ts-check
import { runTool } from './child.mjs';

/**
 * Runs vitest once, with everything that is in its configuration.
 *
 * @param {string[]} args for vitest: name filters, reporters, …
 * @returns {Promise<number>} its exit code
 */
export function runTests(args) {
  // The runner reads the configuration without writing beside it: a clone may be read-only.
  return runTool('vitest/vitest.mjs', ['run', '--configLoader', 'runner', ...args]);
}
