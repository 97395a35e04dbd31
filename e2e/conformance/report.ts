import type { Coverage, OperationResult, StatusResult, WebhookResult } from './coverage.ts';

/** How many problems of one status are shown. */
const shownProblems = 5;

export interface Totals {
  readonly operations: Counts;
  /** Pairs of an operation and a status that the document lists, of the operations that are served. */
  readonly statuses: Counts;
  readonly webhooks: Counts;
}

export interface Counts {
  readonly all: number;
  readonly covered: number;
  readonly valid: number;
}

export function totalsOf({ operations, webhooks }: Coverage): Totals {
  const served = operations.flatMap((result) => (result.kind === 'served' ? [result] : []));
  const statuses = served.flatMap((result) => result.statuses);
  const isKind = (kind: string) => (result: { readonly kind: string }) => result.kind === kind;
  const valid = statuses.filter(isKind('valid')).length;
  const validEvents = webhooks.filter(isKind('valid')).length;
  return {
    operations: {
      all: operations.length,
      covered: served.length,
      valid: served.filter((result) => !result.statuses.some(isKind('invalid'))).length,
    },
    statuses: {
      all: statuses.length,
      covered: valid + statuses.filter(isKind('invalid')).length,
      valid,
    },
    webhooks: {
      all: webhooks.length,
      covered: validEvents + webhooks.filter(isKind('invalid')).length,
      valid: validEvents,
    },
  };
}

/** The table of everything that the document has. */
export function reportOn(coverage: Coverage): string {
  const lines = [
    'Operations',
    ...coverage.operations.flatMap(operationLines),
    ...leftOutLines(coverage.operations),
    '',
    'Webhooks',
    ...coverage.webhooks.flatMap(webhookLines),
    ...leftOutEventLines(coverage.webhooks),
    '',
    ...totalLines(totalsOf(coverage)),
  ];
  return `${lines.join('\n')}\n`;
}

function operationLines(result: OperationResult): string[] {
  if (result.kind === 'left out') return [];
  const { method, path } = result.operation;
  const name = `${method.toUpperCase().padEnd(6)} ${path}`;
  if (result.kind === 'not built') return [`  ${'not built'.padEnd(10)} ${name}`];
  const isInvalid = result.statuses.some(({ kind }) => kind === 'invalid');
  const valid = result.statuses.filter(({ kind }) => kind === 'valid').map(({ status }) => status);
  const head = `  ${(isInvalid ? 'INVALID' : 'valid').padEnd(10)} ${name.padEnd(64)} ${valid.join(' ')}`;
  return [head, ...result.statuses.flatMap(statusLines)];
}

function statusLines(result: StatusResult): string[] {
  const margin = ' '.repeat(13);
  switch (result.kind) {
    case 'valid':
      return [];
    case 'excused':
      return [`${margin}not ${result.status}: ${result.reason}`];
    case 'missed':
      return [`${margin}MISSED ${result.status}: ${result.instead.join(' | ') || 'nothing brings it about'}`];
    case 'invalid':
      return result.problems
        .slice(0, shownProblems)
        .map((problem) => `${margin}INVALID ${result.status}: ${problem}`);
  }
}

function leftOutLines(results: readonly OperationResult[]): string[] {
  const reasons = results.flatMap((result) => (result.kind === 'left out' ? [result.reason] : []));
  return counted(reasons).map(([reason, count]) => `  ${'left out'.padEnd(10)} ${count}: ${reason}`);
}

function webhookLines(result: WebhookResult): string[] {
  switch (result.kind) {
    case 'left out':
      return [];
    case 'missed':
      return [`  ${'MISSED'.padEnd(10)} ${result.name}`];
    case 'valid':
      return [`  ${'valid'.padEnd(10)} ${result.name.padEnd(40)} ${result.count} delivered`];
    case 'invalid':
      return [
        `  ${'INVALID'.padEnd(10)} ${result.name}`,
        ...result.problems.slice(0, shownProblems).map((problem) => `             ${problem}`),
      ];
  }
}

function leftOutEventLines(results: readonly WebhookResult[]): string[] {
  const reasons = results.flatMap((result) => (result.kind === 'left out' ? [result.reason] : []));
  return counted(reasons).map(([reason, count]) => `  ${'left out'.padEnd(10)} ${count}: ${reason}`);
}

/** Each text once, with how often it stands there. */
export function counted(texts: readonly string[]): [text: string, count: number][] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts];
}

function totalLines({ operations, statuses, webhooks }: Totals): string[] {
  const line = (what: string, { all, covered, valid }: Counts) =>
    `${what.padEnd(34)} ${String(all).padStart(5)} ${String(covered).padStart(9)} ${String(valid).padStart(7)}`;
  return [
    `${''.padEnd(34)} ${'all'.padStart(5)} ${'covered'.padStart(9)} ${'valid'.padStart(7)}`,
    line('operations of the document', operations),
    line('documented statuses of those served', statuses),
    line('webhooks of the document', webhooks),
  ];
}
