import type { DeliveredKind } from './deliveries.ts';
import type { Stumble } from './drive.ts';
import type { Exchange } from './exchange.ts';
import { provocationsFor, type Operation } from './generic.ts';
import { whyNotMade, whyNotServed } from './left-out.ts';
import type { Scenarios } from './scenario.ts';

/** What became of one status that the document lists for an operation. */
export type StatusResult =
  | { readonly status: number; readonly kind: 'valid' }
  | { readonly status: number; readonly kind: 'invalid'; readonly problems: readonly string[] }
  /** It cannot be provoked. */
  | { readonly status: number; readonly kind: 'excused'; readonly reason: string }
  /** It ought to have come. */
  | { readonly status: number; readonly kind: 'missed'; readonly instead: readonly string[] };

export type OperationResult =
  | {
      readonly kind: 'served';
      readonly operation: Operation;
      readonly statuses: readonly StatusResult[];
    }
  /** It has a scenario, but no route yet. */
  | { readonly kind: 'not built'; readonly operation: Operation }
  | { readonly kind: 'left out'; readonly operation: Operation; readonly reason: string };

export type WebhookResult =
  | { readonly kind: 'valid'; readonly name: string; readonly count: number }
  | { readonly kind: 'invalid'; readonly name: string; readonly problems: readonly string[] }
  | { readonly kind: 'left out'; readonly name: string; readonly reason: string }
  | { readonly kind: 'missed'; readonly name: string };

export interface Coverage {
  readonly operations: readonly OperationResult[];
  readonly webhooks: readonly WebhookResult[];
}

export interface Findings {
  readonly operations: readonly Operation[];
  /** Names of the document's webhooks. */
  readonly webhooks: readonly string[];
  readonly scenarios: Scenarios;
  readonly built: ReadonlySet<string>;
  readonly exchanges: readonly Exchange[];
  readonly stumbles: readonly Stumble[];
  readonly delivered: readonly DeliveredKind[];
}

export function coverageOf(findings: Findings): Coverage {
  const delivered = new Map(findings.delivered.map((kind) => [kind.name, kind]));
  return {
    operations: findings.operations.map((operation) => operationResult(operation, findings)),
    webhooks: findings.webhooks.map((name) => webhookResult(name, delivered.get(name))),
  };
}

function operationResult(operation: Operation, findings: Findings): OperationResult {
  const scenario = findings.scenarios[operation.id];
  if (scenario === undefined) {
    if (findings.built.has(operation.name))
      throw new Error(`${operation.path} is served without a scenario.`);
    return { kind: 'left out', operation, reason: whyNotServed(operation) };
  }
  if (!findings.built.has(operation.name)) return { kind: 'not built', operation };
  const exchanges = findings.exchanges.filter((exchange) => exchange.operation === operation.name);
  const stumbles = findings.stumbles.filter((stumble) => stumble.operation === operation.name);
  // What the document does not list is judged as well: its problem is that it is not listed.
  const statuses = new Set([...operation.statuses, ...exchanges.filter(isBad).map(({ status }) => status)]);
  return {
    kind: 'served',
    operation,
    statuses: [...statuses].map((status): StatusResult => {
      const seen = exchanges.filter((exchange) => exchange.status === status);
      const instead = insteadOf(status, exchanges, stumbles);
      const problems = [
        ...new Set(seen.flatMap((exchange) => exchange.problems)),
        // One way to a status does not make up for another that leads elsewhere.
        ...(seen.length > 0 ? instead.map((other) => `was wanted, and came to ${other}`) : []),
      ];
      if (problems.length > 0) return { status, kind: 'invalid', problems };
      if (seen.length > 0) return { status, kind: 'valid' };
      const provocations = provocationsFor(operation, scenario, status);
      if (typeof provocations === 'string') return { status, kind: 'excused', reason: provocations };
      return { status, kind: 'missed', instead };
    }),
  };
}

function isBad({ problems }: Exchange): boolean {
  return problems.length > 0;
}

/** What came where `status` was wanted. */
function insteadOf(
  status: number,
  exchanges: readonly Exchange[],
  stumbles: readonly Stumble[],
): readonly string[] {
  const others = exchanges
    .filter(({ wanted, status: actual }) => wanted === status && actual !== status)
    .map((exchange) => `${exchange.status} ${exchange.refusal}`.trim());
  const reasons = stumbles.filter(({ wanted }) => wanted === status).map(({ reason }) => reason);
  return [...new Set([...others, ...reasons])];
}

function webhookResult(name: string, delivered: DeliveredKind | undefined): WebhookResult {
  if (delivered !== undefined) {
    const { count, problems } = delivered;
    return problems.length > 0 ? { kind: 'invalid', name, problems } : { kind: 'valid', name, count };
  }
  const reason = whyNotMade(name);
  return reason === undefined ? { kind: 'missed', name } : { kind: 'left out', name, reason };
}
