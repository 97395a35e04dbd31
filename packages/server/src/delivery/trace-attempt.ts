import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { regionOf } from './count-attempt.ts';
import type { Decision } from './decide.ts';
import type { Endpoint } from './endpoint.ts';
import type { AcceptedDelivery } from './intake.ts';
import type { AttemptOutcome } from './outcome.ts';

/** Ends the span of an attempt. Of the URL it says host and port only: path and query may carry what is secret. */
export function endAttemptSpan(
  span: Span,
  delivery: AcceptedDelivery,
  endpoint: Endpoint,
  outcome: AttemptOutcome,
  decision: Decision | undefined,
): void {
  if (span.isRecording()) {
    const { hostname, port, protocol } = endpoint.url;
    const region = regionOf(endpoint);
    span.setAttributes({
      'http.request.method': 'POST',
      'server.address': hostname,
      'server.port': Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port),
      ...(outcome.status === undefined ? {} : { 'http.response.status_code': outcome.status }),
      ...(delivery.attemptsMade === 0 ? {} : { 'http.request.resend_count': delivery.attemptsMade }),
      'credence.environment.id': delivery.environmentId,
      'credence.webhook.id': delivery.webhookId,
      'credence.event.id': delivery.event.id,
      'credence.event.name': delivery.event.name,
      'credence.delivery.id': delivery.id,
      'credence.outcome': decision?.kind ?? 'cut_off',
      ...(region === '' ? {} : { 'credence.region': region }),
      ...(outcome.kind === 'failed' ? { 'error.type': outcome.cause, 'credence.stage': outcome.stage } : {}),
    });
    if (decision?.kind !== 'completed') span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
