import type { Metrics } from '../observe/metrics.ts';
import type { Endpoint } from './endpoint.ts';
import type { AcceptedDelivery } from './intake.ts';
import type { Performed } from './perform.ts';

/** Counts what one turn of a delivery came to. */
export function countAttempt(
  metrics: Metrics,
  delivery: AcceptedDelivery,
  endpoint: Endpoint,
  { result, outcome }: Performed,
): void {
  const { attempt, end, endedAtMs } = result;
  if (end !== null) metrics.end(end.status, end.reason);
  if (attempt === null || outcome === undefined) return;
  metrics.attempt({
    region: regionOf(endpoint),
    outcome: end?.status ?? 'retry',
    stage: outcome.kind === 'failed' ? outcome.stage : 'answered',
    durationMs: outcome.timings.total,
    lagMs: attempt.number === 1 ? endedAtMs - delivery.event.createdAt.getTime() : undefined,
  });
}

/** '' for a webhook that names none. */
export function regionOf(endpoint: Pick<Endpoint, 'region'>): string {
  return endpoint.region ?? '';
}
