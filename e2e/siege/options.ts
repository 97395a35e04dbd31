import { parseArgs } from 'node:util';

export interface Options {
  readonly seed: number;
  readonly kills: number;
  readonly minutes: number | undefined;
  readonly isShort: boolean;
  /** Requests a second. */
  readonly rate: number;
  readonly jsonFile: string | undefined;
  /** The folder with database, logs and the receivers' record stays. */
  readonly keeps: boolean;
}

export const usage = `npm run siege -- [--kills N] [--minutes M] [--seed N] [--rate N] [--json FILE] [--short] [--keep]

  --kills N     kill -9 of nodes and PostgreSQL, pauses and stops beside them (default 12)
  --minutes M   spread the chaos over M minutes (default: a few seconds between acts)
  --seed N      repeat the plan of another run: acts, targets, waits, load (default: by chance, printed)
  --rate N      requests a second (default 20; 12 with --short)
  --json FILE   write the figures and breaches there
  --short       the one that belongs to the tests: 4 kills, pauses of a few seconds
  --keep        leave the folder with database, logs and the receivers' record
`;

/** Throws an Error whose message says which argument is wrong. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      kills: { type: 'string' },
      minutes: { type: 'string' },
      rate: { type: 'string' },
      json: { type: 'string' },
      short: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    seed: number('seed', values.seed, { from: 0, to: 2 ** 32 - 1 }) ?? Math.floor(Math.random() * 2 ** 32),
    kills: number('kills', values.kills, { from: 1, to: 10_000 }) ?? 12,
    minutes: number('minutes', values.minutes, { from: 0.1, to: 600, isWhole: false }),
    isShort: values.short,
    rate: number('rate', values.rate, { from: 1, to: 1_000 }) ?? (values.short ? 12 : 20),
    jsonFile: values.json,
    keeps: values.keep,
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly isWhole?: boolean;
}

function number(name: string, text: string | undefined, range: Range): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const { from, to, isWhole = true } = range;
  if (text.trim() !== '' && value >= from && value <= to && (!isWhole || Number.isInteger(value)))
    return value;
  throw new Error(
    `--${name} is ${JSON.stringify(text)}; a ${isWhole ? 'whole ' : ''}number from ${String(from)} to ${String(to)} is expected.`,
  );
}
