import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { startTestServer } from '../testing/test-server.ts';
import { statement } from '../db/database.ts';
import { serve } from './testing/served.ts';
import { until } from './testing/until.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const caller = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${caller}-01`;

/** What an operator's SDK brings. */
const exporter = new InMemorySpanExporter();
function loadSdk(): void {
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  const current = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => current.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) => current.run(active, () => work.apply(self, args)),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
}
function unloadSdk(): void {
  trace.disable();
  context.disable();
  exporter.reset();
}

function spans(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}

// First: once it is loaded, an SDK stays with whoever has used it.
describe('without an SDK', () => {
  test('the context of the caller is kept as it came, and that of nobody is null', async () => {
    await using server = await startTestServer();
    const data = [{ attributes: { name: 'custom.untraced', payload: {} } }];
    await server.api('POST', '/events', { data }, { traceparent, tracestate: 'vendor=1' });
    await server.api('POST', '/events', { data }, { traceparent: 'nonsense' });
    await server.api('POST', '/events', { data });
    const rows = await server.db.query<{ kept: string | null }>(
      statement('test.kept', 'select trace_context as kept from events order by id'),
    );
    expect(rows.map(({ kept }) => kept)).toEqual([`${traceparent} vendor=1`, null, null]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

describe('with an SDK', () => {
  beforeEach(loadSdk);
  afterEach(unloadSdk);

  test('the attempt is a child of the request, and the request of its caller', async () => {
    await using server = await startTestServer();
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => response.writeHead(500).end());
    const served = serve(server);
    const url = `${receiver.url}path-of-a-tenant?token=hunter2`;
    const { id } = await served.subscribe(url, 'traced', {
      'retry-policy': { waits: [600], 'success-statuses': [200] },
    });
    const data = [{ attributes: { name: 'custom.traced', payload: { who: 'Ada Lovelace' } } }];
    const made = await server.api('POST', '/events', { data }, { traceparent, tracestate: 'vendor=1' });
    const eventId = made.json.data[0].id;
    const row = await served.waiting(id, 1);
    const [request] = await until('the spans are there', () => {
      const found = spans('POST /api/v1/events');
      return found.length > 0 && spans('webhook.attempt').length > 0 && found;
    });
    const [attempt] = spans('webhook.attempt');

    expect(request?.spanContext().traceId).toBe(traceId);
    expect(request?.parentSpanContext?.spanId).toBe(caller);
    expect(request?.kind).toBe(SpanKind.SERVER);
    expect(request?.attributes).toMatchObject({
      'http.route': '/api/v1/events',
      'http.response.status_code': 201,
    });
    expect(request?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['event.recorded', { 'credence.event.id': eventId, 'credence.event.name': 'custom.traced' }],
    ]);
    expect(attempt?.spanContext().traceId).toBe(traceId);
    expect(attempt?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(attempt?.spanContext().traceState?.serialize()).toBe('vendor=1');
    expect(attempt?.kind).toBe(SpanKind.CLIENT);
    expect(attempt?.status.code).toBe(SpanStatusCode.ERROR);
    expect(attempt?.attributes).toMatchObject({
      'server.address': '127.0.0.1',
      'http.response.status_code': 500,
      'credence.event.id': eventId,
      'credence.delivery.id': row.id,
      'credence.webhook.id': id,
      'credence.outcome': 'retry',
    });
    const said = JSON.stringify([request?.attributes, attempt?.attributes]);
    for (const word of ['hunter2', 'path-of-a-tenant', 'Lovelace', server.sandboxKey])
      expect(said).not.toContain(word);
    expect(receiver.received[0]?.headers).not.toHaveProperty('traceparent');
    expect(server.logged()).toContain(`"trace":"${traceId}"`);
  });

  test('the attempt is a child of its request after a restart, too', async () => {
    await using receiver = await startTestReceiver();
    receiver.answer((_, response) => response.writeHead(500).end());
    await using first = await startTestServer();
    const served = serve(first);
    const policy = { waits: [1], 'success-statuses': [200] };
    await served.subscribe(receiver.url, 'restarted', { 'retry-policy': policy });
    const id = await first.inquiry();
    await served.change((await first.api('GET', '/webhooks')).json.data[0].id, { 'enabled-events': ['*'] });
    await first.api('POST', `/inquiries/${id}/approve`, undefined, { traceparent });
    await receiver.waitFor(1);
    await first.server.stop();
    exporter.reset();
    receiver.answer((_, response) => response.writeHead(200).end());
    await using second = await startTestServer({ databaseUrl: first.databaseUrl });
    await receiver.waitFor(2);
    const [attempt] = await until('the attempt has ended', () => {
      const found = spans('webhook.attempt');
      return found.length > 0 && found;
    });
    expect(attempt?.spanContext().traceId).toBe(traceId);
    expect(attempt?.attributes).toMatchObject({
      'credence.outcome': 'completed',
      'http.request.resend_count': 1,
    });
    expect(attempt?.status.code).toBe(SpanStatusCode.UNSET);
    expect(second.logged()).toContain(`"trace":"${traceId}"`);
  });
});
