import type { Coverage, StatusResult, WebhookResult } from './coverage.ts';
import { counted, totalsOf, type Totals } from './report.ts';

/** What was covered when it was last written: no change may cover less. */
export interface Baseline {
  readonly totals: Totals;
  /** Valid statuses by operationId, as `200 404`. */
  readonly operations: Readonly<Record<string, string>>;
  /** Names of valid webhooks. */
  readonly webhooks: readonly string[];
  /** What of the document is not covered, by reason, and how many. */
  readonly leftOut: {
    readonly operations: Readonly<Record<string, number>>;
    readonly webhooks: Readonly<Record<string, number>>;
  };
}

export function baselineOf(coverage: Coverage): Baseline {
  const served = coverage.operations.flatMap((result) => (result.kind === 'served' ? [result] : []));
  const notServed = coverage.operations.flatMap((result) => {
    if (result.kind === 'served') return [];
    return result.kind === 'left out' ? [result.reason] : ['not built yet'];
  });
  const notMade = coverage.webhooks.flatMap((result) => {
    if (result.kind === 'left out') return [result.reason];
    return result.kind === 'missed' ? ['not built yet'] : [];
  });
  return {
    totals: totalsOf(coverage),
    operations: Object.fromEntries(
      served.map(({ operation, statuses }) => [
        operation.id,
        statuses
          .filter(({ kind }) => kind === 'valid')
          .map(({ status }) => status)
          .join(' '),
      ]),
    ),
    webhooks: coverage.webhooks.flatMap((result) => (result.kind === 'valid' ? [result.name] : [])),
    leftOut: {
      operations: Object.fromEntries(counted(notServed)),
      webhooks: Object.fromEntries(counted(notMade)),
    },
  };
}

/** What the baseline has and `now` has not. */
export function lostSince(baseline: Baseline, now: Baseline): string[] {
  const statuses = Object.entries(baseline.operations).flatMap(([id, before]) =>
    before
      .split(' ')
      .filter((status) => status !== '' && now.operations[id]?.split(' ').includes(status) !== true)
      .map((status) => `${id} was valid with ${status}`),
  );
  const webhooks = baseline.webhooks
    .filter((name) => !now.webhooks.includes(name))
    .map((name) => `webhook ${name} was valid`);
  return [...statuses, ...webhooks];
}

/** What is claimed to be covered and is not as the document says, or never came. */
export function invalidIn({ operations, webhooks }: Coverage): string[] {
  const statuses = operations.flatMap((result) => {
    if (result.kind !== 'served') return [];
    return result.statuses.flatMap((each) =>
      problemsOf(each).map((problem) => `${result.operation.name} ${each.status}: ${problem}`),
    );
  });
  const events = webhooks.flatMap((result) =>
    problemsOf(result).map((problem) => `webhook ${result.name}: ${problem}`),
  );
  return [...statuses, ...events];
}

function problemsOf(result: StatusResult | WebhookResult): readonly string[] {
  if (result.kind === 'invalid') return result.problems;
  return result.kind === 'missed' ? ['never came'] : [];
}
