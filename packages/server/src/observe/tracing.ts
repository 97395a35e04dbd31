import type { IncomingHttpHeaders } from 'node:http';
import {
  context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { parseTraceContext, readTraceContext, writeTraceContext } from './trace-context.ts';

/** Does nothing until the operator loads an OpenTelemetry SDK (`NODE_OPTIONS=--import …`). */
const tracer = trace.getTracer('credence');

/** The span of one request to the API. */
export interface RequestSpan {
  /** What the events of the request keep; undefined where it is not traced. */
  readonly traceContext: string | undefined;
  /** Runs `work` with the span as the current one. */
  run<Result>(work: () => Result): Result;
  /** `route` is the template of the path. */
  end(route: string, status: number): void;
}

/** Begins under the span that is current, where the operator's SDK made one, else under what the caller sent. */
export function startRequestSpan(method: string, headers: IncomingHttpHeaders): RequestSpan {
  const active = context.active();
  const parent = trace.getSpan(active) === undefined ? contextOf(readTraceContext(headers)) : active;
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
  const traceContext = traceContextOf(span);
  return {
    traceContext,
    run: (work) => (traceContext === undefined ? work() : context.with(trace.setSpan(parent, span), work)),
    end(route, status) {
      if (span.isRecording()) {
        span.updateName(`${method} ${route}`);
        span.setAttributes({
          'http.request.method': method,
          'http.route': route,
          'http.response.status_code': status,
        });
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** Says of the current span that it recorded these events. */
export function traceRecorded(events: readonly { readonly id: string; readonly name: string }[]): void {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return;
  for (const { id, name } of events) {
    span.addEvent('event.recorded', { 'credence.event.id': id, 'credence.event.name': name });
  }
}

/** The span of one attempt at a delivery, under the request that its event comes from. */
export function startAttemptSpan(traceContext: string | null | undefined): Span {
  return tracer.startSpan('webhook.attempt', { kind: SpanKind.CLIENT }, contextOf(traceContext));
}

function contextOf(kept: string | null | undefined): Context {
  if (kept === null || kept === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, traceFlags, state } = parseTraceContext(kept);
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  });
}

function traceContextOf(span: Span): string | undefined {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return undefined;
  return writeTraceContext({ ...spanContext, state: spanContext.traceState?.serialize() });
}
