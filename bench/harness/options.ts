import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly json: string | undefined;
  readonly isQuick: boolean;
  /** How long the load is kept up for a row, each time. */
  readonly seconds: number;
  /** Requests that the closed loop keeps under way. */
  readonly connections: number;
  /** Pending rows of the dead webhook. */
  readonly backlog: number;
}

export const usage = `npm run bench [-- options]
  --only NAME,NAME   only these scenarios; ratios need "bare" and what they compare with
  --quick            two seconds for each, once, and small worlds
  --json FILE        writes all figures
  --connections N    requests that the load keeps under way (128)
  --backlog N        pending rows of a dead webhook (200000; 20000 with --quick)`;

/** Reads the arguments. Throws with a sentence that names what is wrong. */
export function readOptions(args: readonly string[], names: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      connections: { type: 'string' },
      backlog: { type: 'string' },
    },
  });
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`--only: there is no "${unknown}"; there are ${names.join(', ')}.`);
  return {
    only,
    json: values.json,
    isQuick: values.quick,
    seconds: values.quick ? 2 : 3,
    connections: wholeNumber('--connections', values.connections) ?? 128,
    backlog: wholeNumber('--backlog', values.backlog) ?? (values.quick ? 20_000 : 200_000),
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${name} must be a whole number above 0, not "${text}".`);
  return Number(text);
}
