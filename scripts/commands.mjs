// @ts-check
import { pathToFileURL } from 'node:url';
import { bootstrap } from './bootstrap.mjs';
import { check } from './check.mjs';
import { fromRoot } from './paths.mjs';
import { say, Stop } from './progress.mjs';
import { keepSignalsForTheServer } from './signals.mjs';
import { runTests } from './tests.mjs';

/** @type {Readonly<Record<string, (args: string[]) => Promise<void>>>} */
const commands = { start, test, demo, bench, siege, conformance, check };

/**
 * @param {string | undefined} name
 * @param {string[]} args
 */
export async function runCommand(name, args) {
  try {
    const command = name === undefined ? undefined : commands[name];
    if (command === undefined)
      throw new Stop(`Usage: node scripts/run.mjs ${Object.keys(commands).join('|')}`);
    await command(args);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    if (error.message !== '') say(error.message);
    process.exitCode = error.exitCode;
  }
}

/**
 * The server runs in this process, so that a signal sent to `npm start` reaches it and its exit code is npm's.
 * (The `exec` in package.json belongs to that: without it npm signals a shell, which dies and leaves the server.)
 *
 * @param {string[]} args
 */
async function start(args) {
  if (args.length > 0) {
    throw new Stop(
      `npm start takes no arguments (got ${args.join(' ')}); settings are environment variables.`,
    );
  }
  await bootstrap({ build: '.' });
  keepSignalsForTheServer();
  await runHere('packages/server/dist/main.js', []);
}

/** @param {string[]} args */
async function test(args) {
  // The tests start the built server, the built command and the built demo.
  const product = await bootstrap({ build: '.', goOnWhenBuildFails: true });
  const demo = await bootstrap({ build: 'e2e', goOnWhenBuildFails: true });
  const hasBuilt = product.hasBuilt && demo.hasBuilt;
  if (!hasBuilt)
    say('The build has errors (above). Running the tests all the same; this run counts as failed.');
  const exitCode = await runTests(args);
  if (exitCode !== 0 || !hasBuilt) throw new Stop('', exitCode === 0 ? 1 : exitCode);
}

/** @param {string[]} args */
async function demo(args) {
  await bootstrap({ build: 'e2e' });
  await runHere('e2e/dist/demo/main.js', args);
}

/** @param {string[]} args */
async function bench(args) {
  await bootstrap({ build: 'bench' });
  await runHere('bench/dist/main.js', args);
}

/** @param {string[]} args */
async function siege(args) {
  await bootstrap({ build: 'e2e' });
  await runHere('e2e/dist/siege/main.js', args);
}

/** @param {string[]} args */
async function conformance(args) {
  await bootstrap({ build: 'e2e' });
  await runHere('e2e/dist/conformance/main.js', args);
}

/**
 * @param {string} entry relative to the root
 * @param {string[]} args
 */
async function runHere(entry, args) {
  const file = fromRoot(entry);
  process.argv.splice(1, Infinity, file, ...args);
  await import(pathToFileURL(file).href);
}
