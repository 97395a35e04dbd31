import type { Logger } from 'pino';
import { traceIdOf } from '../observe/trace-context.ts';
import { regionOf } from './count-attempt.ts';
import type { Endpoint } from './endpoint.ts';
import type { AcceptedDelivery } from './intake.ts';
import type { Performed } from './perform.ts';

/**
 * One line for each turn of a delivery, with every id in it and nothing about a person: of the URL the host alone.
 * What was delivered is said at `debug` only: a line costs 15 µs, a good part of what a delivery does.
 */
export function logAttempt(
  log: Logger,
  nodeId: string,
  delivery: AcceptedDelivery,
  endpoint: Endpoint,
  { result, outcome }: Performed,
): void {
  const level = result.end?.status === 'completed' ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  const { event } = delivery;
  const region = regionOf(endpoint);
  log[level](
    {
      node: nodeId,
      environment: delivery.environmentId,
      webhook: delivery.webhookId,
      event: event.id,
      delivery: delivery.id,
      name: event.name,
      attempt: result.attempt?.number,
      host: endpoint.url.host,
      ...(region === '' ? {} : { region }),
      status: outcome?.status,
      ...(outcome?.kind === 'failed' ? { stage: outcome.stage, cause: outcome.cause } : {}),
      ms: result.attempt?.durationMs,
      timings: outcome?.timings,
      /** Milliseconds from the event to the end of this turn. */
      ageMs: result.endedAtMs - event.createdAt.getTime(),
      end: result.end?.status,
      reason: result.end?.reason,
      retryAt: result.retryAtMs === null ? undefined : new Date(result.retryAtMs).toISOString(),
      trace: traceIdOf(event.traceContext),
    },
    'delivery.attempted',
  );
}
