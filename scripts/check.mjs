// @ts-check
import { bootstrap } from './bootstrap.mjs';
import { capture } from './child.mjs';
import { generatedFiles } from './generated-files.mjs';
import { fromRoot } from './paths.mjs';
import { say, step, Stop } from './progress.mjs';
import { interruptible } from './signals.mjs';
import { runTests } from './tests.mjs';

/** @typedef {{ title: string, command: readonly string[] }} Gate a command for Node.js, the tool first */

/** @type {readonly Gate[]} */
const staticGates = [
  {
    title: 'Format',
    command: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  },
  { title: 'Lint', command: ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'] },
  { title: 'Types', command: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.check.json', '--pretty'] },
  { title: 'Types of scripts', command: ['node_modules/typescript/bin/tsc', '-p', 'scripts', '--pretty'] },
];

/**
 * Every gate runs, also after one has failed, so that one run shows all there is to mend.
 *
 * @param {string[]} args `--no-tests` leaves out the unit tests (the CI run has all tests of its own)
 */
export async function check(args) {
  const unknown = args.filter((argument) => argument !== '--no-tests');
  if (unknown.length > 0)
    throw new Stop(`npm run check does not know ${unknown.join(' ')}; it knows --no-tests.`);

  const { hasBuilt } = await bootstrap({ build: '.', goOnWhenBuildFails: true });
  /** @type {string[]} */
  const failed = hasBuilt ? [] : ['Build'];
  for (const gate of [...staticGates, ...generatedFiles.map(toGate)]) {
    if (!(await passes(gate))) failed.push(gate.title);
  }
  if (!args.includes('--no-tests') && (await runTests(unitTests)) !== 0) failed.push('Unit tests');

  if (failed.length > 0) throw new Stop(`Check failed: ${failed.join(', ')}.`);
  say('Check passed.');
}

/** Tests that lie beside the sources; those of `e2e/` and `examples/` start whole servers and belong to `npm test`. */
const unitTests = ['--passWithNoTests', 'packages/'];

/**
 * @param {(typeof generatedFiles)[number]} generated
 * @returns {Gate}
 */
function toGate({ file, verify }) {
  return { title: `Up to date: ${file}`, command: verify };
}

/** @param {Gate} gate */
async function passes({ title, command }) {
  const [tool = '', ...args] = command;
  try {
    await interruptible((interruption) =>
      step(title, async () => {
        const { exitCode, output } = await capture([process.execPath, fromRoot(tool), ...args], {
          interruption,
        });
        if (exitCode !== 0) throw new GateFailure(output);
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof GateFailure)) throw error;
    say(error.message);
    return false;
  }
}

class GateFailure extends Error {}
