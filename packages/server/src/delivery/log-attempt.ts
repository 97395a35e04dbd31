import type { Logger } from 'pino';
import type { AcceptedDelivery } from './intake.ts';
import type { Performed } from './perform.ts';

/** One line for each turn of a delivery, with every id in it and nothing about a person. */
export function logAttempt(log: Logger, delivery: AcceptedDelivery, { result, outcome }: Performed): void {
  const level = result.end?.status === 'completed' ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  log[level](
    {
      environment: delivery.environmentId,
      webhook: delivery.webhookId,
      event: delivery.event.id,
      delivery: delivery.id,
      attempt: result.attempt?.number,
      status: outcome?.status,
      ...(outcome?.kind === 'failed' ? { stage: outcome.stage, cause: outcome.cause } : {}),
      ms: result.attempt?.durationMs,
      end: result.end?.status,
      reason: result.end?.reason,
      retryAt: result.retryAtMs === null ? undefined : new Date(result.retryAtMs).toISOString(),
    },
    'delivery.attempted',
  );
}
