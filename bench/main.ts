import { writeFile } from 'node:fs/promises';
import { endChildren } from './harness/child.ts';
import { startBench, type Scenario } from './harness/bench.ts';
import { orNotRun, runContests, told, type Contest } from './harness/contest.ts';
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
import { noStore, twoWithoutStore } from './scenarios/no-store.ts';
import { ingest, processes, product } from './scenarios/product.ts';
import { rowByRow } from './scenarios/row-by-row.ts';

const contests: readonly Contest[] = [
  bare,
  noStore,
  product,
  processes,
  twoWithoutStore,
  ingest,
  rowByRow,
  bullmq,
];

const scenarios: readonly Scenario[] = [latency, isolation, fairness, backlog, api];

/** What a delivery costs, beside what others cost, in one run on one machine. See the README. */
async function main(): Promise<void> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2), [
      ...new Set([...contests, ...scenarios].map(({ name }) => name)),
    ]);
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

async function runAll(options: Options): Promise<Result[]> {
  await using bench = await startBench(options);
  const isAsked = ({ name }: { readonly name: string }): boolean => options.only?.includes(name) ?? true;
  const results = await runContests(bench, contests.filter(isAsked));
  for (const scenario of scenarios.filter(isAsked)) {
    const run = async (): Promise<void> => {
      results.push(...(await scenario.run(bench)));
    };
    await told(scenario.name, () => orNotRun(results, scenario.name, run));
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
