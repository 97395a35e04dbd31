import type { Bench } from './bench.ts';
import type { Measured } from './measure.ts';
import type { Options } from './options.ts';
import type { NotRun, Rate, Result } from './results.ts';
import { spreadOf } from './time.ts';

/** Something that delivers, with the rows of the table that it is measured for. */
export interface Contender extends AsyncDisposable {
  readonly rows: readonly ContestRow[];
}

export interface ContestRow extends Pick<Rate, 'title' | 'subject' | 'shape'> {
  /** Keeps the load up for so long. */
  measure(seconds: number): Promise<Measured>;
}

/** Enters a contender; `NotRun` where the machine lacks what it needs. */
export interface Contest {
  /** For `--only`. */
  readonly name: string;
  enter(bench: Bench): Promise<Contender | NotRun>;
}

/**
 * V8 compiles what is hot for eight seconds or so of the first load; whoever is measured before that pays for it, and
 * so do all others, who share the cores.
 */
export function warmUpSecondsOf({ isQuick }: Options): number {
  return isQuick ? 2 : 8;
}

const rounds = 5;

/** How often each row is measured. */
export function roundsOf({ isQuick }: Options): number {
  return isQuick ? 1 : rounds;
}

/**
 * Measures all rows turn and turn about, with everybody warm and idle beside: a shared machine is a third faster or
 * slower from one minute to the next, and what is compared must not have had another one. The median of the rounds
 * counts. One that fails is left out with a line that says why.
 */
export async function runContests(bench: Bench, contests: readonly Contest[]): Promise<Result[]> {
  const failed: NotRun[] = [];
  const entered: Entered[] = [];
  const contenders: Contender[] = [];
  try {
    for (const contest of contests) {
      const enter = async (): Promise<void> => {
        const contender = await contest.enter(bench);
        if ('kind' in contender) {
          failed.push(contender);
          return;
        }
        contenders.push(contender);
        for (const row of contender.rows) await row.measure(warmUpSecondsOf(bench.options));
        entered.push(...contender.rows.map((row) => ({ row, contest: contest.name, measured: [] })));
      };
      await told(contest.name, () => orNotRun(failed, contest.name, enter));
    }
    if (entered.length > 0) await measureInRounds(bench, entered, failed);
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]();
  }
  return [...entered.flatMap(toRate), ...failed];
}

async function measureInRounds(bench: Bench, entered: readonly Entered[], failed: NotRun[]): Promise<void> {
  const { seconds } = bench.options;
  const turns = roundsOf(bench.options);
  for (let round = 1; round <= turns; round += 1)
    await told(`round ${String(round)} of ${String(turns)}`, async () => {
      for (const { row, contest, measured } of entered) {
        if (failed.some(({ title }) => title === contest)) continue;
        await orNotRun(failed, contest, async () => {
          measured.push(await row.measure(seconds));
        });
      }
    });
}

interface Entered {
  readonly row: ContestRow;
  readonly contest: string;
  readonly measured: Measured[];
}

export function notRun(title: string, cause: unknown): NotRun {
  return { kind: 'not-run', title, why: cause instanceof Error ? cause.message : String(cause) };
}

/** What fails is a line in the report and a failed exit, and the others go on. */
export async function orNotRun(results: Result[], title: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    results.push(notRun(title, cause));
    process.exitCode = 1;
  }
}

/** Says on stderr what is under way, and how long it took. */
export async function told(what: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  process.stderr.write(`${what} …`);
  await work();
  process.stderr.write(` ${((performance.now() - startMs) / 1000).toFixed(0)} s\n`);
}

function toRate({ row, measured }: Entered): Rate[] {
  if (measured.length === 0) return [];
  const { title, subject, shape } = row;
  return [{ kind: 'rate', title, subject, shape, ...medianOf(measured) }];
}

/** Of each figure; of the memory the most. */
export function medianOf(measured: readonly Measured[]): Measured {
  const median = (of: (one: Measured) => number | undefined): number =>
    spreadOf(measured.map((one) => of(one) ?? NaN)).p50;
  const health =
    measured[0]?.peakRssMb === undefined
      ? {}
      : {
          loopDelayP99Ms: median(({ loopDelayP99Ms }) => loopDelayP99Ms),
          peakRssMb: Math.max(...measured.map(({ peakRssMb = 0 }) => peakRssMb)),
        };
  return {
    perSecond: median(({ perSecond }) => perSecond),
    cpuUs: median(({ cpuUs }) => cpuUs),
    ...health,
  };
}
