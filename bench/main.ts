import { writeFile } from 'node:fs/promises';
import { endChildren } from './harness/child.ts';
import { startBench, type Scenario } from './harness/bench.ts';
import { describeMachine, formatMachine } from './harness/machine.ts';
import { readOptions, usage, type Options } from './harness/options.ts';
import { endPostgres, startPostgres } from './harness/postgres.ts';
import { formatReport } from './harness/report.ts';
import type { Result } from './harness/results.ts';
import { api } from './scenarios/api.ts';
import { backlog } from './scenarios/backlog.ts';
import { bare } from './scenarios/bare.ts';
import { bullmq } from './scenarios/bullmq.ts';
import { fairness } from './scenarios/fairness.ts';
import { isolation } from './scenarios/isolation.ts';
import { latency } from './scenarios/latency.ts';
import { noStore } from './scenarios/no-store.ts';
import { ingest, processes, product } from './scenarios/product.ts';
import { rowByRow } from './scenarios/row-by-row.ts';

const scenarios: readonly Scenario[] = [
  bare,
  noStore,
  product,
  processes,
  ingest,
  rowByRow,
  bullmq,
  latency,
  isolation,
  fairness,
  backlog,
  api,
];

/** What a delivery costs, beside what others cost, in one run on one machine. See the README. */
async function main(): Promise<void> {
  let options: Options;
  try {
    options = readOptions(
      process.argv.slice(2),
      scenarios.map(({ name }) => name),
    );
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const machine = describeMachine(await postgresVersion());
  const results = await runAll(options);
  process.stdout.write(`\n${formatMachine(machine)}\n${formatReport(results)}`);
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify({ machine, options, results }, null, 2)}\n`);
}

async function postgresVersion(): Promise<string> {
  await using postgres = await startPostgres();
  return postgres.version;
}

/** One that fails is a line in the report and a failed exit, and the others go on. */
async function runAll(options: Options): Promise<Result[]> {
  await using bench = await startBench(options);
  const results: Result[] = [];
  for (const scenario of scenarios) {
    if (options.only !== undefined && !options.only.includes(scenario.name)) continue;
    const startMs = performance.now();
    process.stderr.write(`${scenario.name} …`);
    try {
      results.push(...(await scenario.run(bench)));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      results.push({ kind: 'not-run', title: scenario.name, why });
      process.exitCode = 1;
    }
    process.stderr.write(` ${((performance.now() - startMs) / 1000).toFixed(0)} s\n`);
  }
  return results;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void endChildren()
      .then(endPostgres)
      .finally(() => process.exit(130));
  });
}

await main();
