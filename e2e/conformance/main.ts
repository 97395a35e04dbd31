import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readPersonaDocument } from '@credence/server/internals/testing/persona-openapi';
import { baselineOf, invalidIn, lostSince, type Baseline } from './baseline.ts';
import type { Coverage } from './coverage.ts';
import { withFigures } from './figures.ts';
import { openPremises } from './premises.ts';
import { reportOn } from './report.ts';
import { runConformance } from './run.ts';

const usage = `npm run conformance -- [--json FILE] [--update]

  --json FILE   write everything that was found there
  --update      write what is covered now into baseline.json and docs/compatibility.md
`;

// This file runs from e2e/dist/conformance/.
const root = new URL('../../../', import.meta.url);
const baselineFile = fileURLToPath(new URL('e2e/conformance/baseline.json', root));
const documentation = fileURLToPath(new URL('docs/compatibility.md', root));

/** Exit code 0 when all that is covered is as the document says and nothing of the baseline is lost; else 1. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const document = readPersonaDocument();
  if (document === undefined) {
    print(
      "skipped: Persona's OpenAPI document is not there (PERSONA_OPENAPI, ../shared/persona-openapi/2025-12-08.json)\n",
    );
    return 0;
  }
  await using premises = await openPremises();
  const coverage = await runConformance(document, premises);
  print(reportOn(coverage));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(coverage, null, 2)}\n`);
  return await (options.update ? update(coverage) : compare(coverage));
}

async function compare(coverage: Coverage): Promise<number> {
  const before: Baseline = JSON.parse(await readFile(baselineFile, 'utf8'));
  const invalid = invalidIn(coverage);
  const lost = lostSince(before, baselineOf(coverage));
  for (const each of lost) print(`LOST ${each}\n`);
  if (invalid.length > 0) print(`${invalid.length} differences from the document.\n`);
  return invalid.length + lost.length === 0 ? 0 : 1;
}

async function update(coverage: Coverage): Promise<number> {
  const baseline = baselineOf(coverage);
  await writeFile(baselineFile, `${JSON.stringify(baseline, null, 2)}\n`);
  await writeFile(documentation, withFigures(await readFile(documentation, 'utf8'), baseline));
  return invalidIn(coverage).length === 0 ? 0 : 1;
}

function readOptions(
  args: string[],
): { readonly json: string | undefined; readonly update: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: { json: { type: 'string' }, update: { type: 'boolean', default: false } },
    });
    return { json: values.json, update: values.update };
  } catch {
    return undefined;
  }
}

function print(text: string): void {
  if (process.stdout.writable) process.stdout.write(text);
}

process.exitCode = await main(process.argv.slice(2));
