import { emittedEvents, type EmittedEvent, type JsonObject } from '@credence/contract';
import type { Examples, ExampleDelivery } from './examples.ts';
import { anyResource } from './resource-schemas.ts';

/** Every event that is delivered, by its name: what a receiver gets, and what it should answer. */
export function webhookOperations({ deliveries }: Examples): JsonObject {
  return Object.fromEntries(
    Object.entries(emittedEvents).map(([name, event]) => [
      name,
      { post: delivery(name, event, deliveries.get(name)) },
    ]),
  );
}

function delivery(name: string, event: EmittedEvent, example: ExampleDelivery | undefined): JsonObject {
  const content = {
    schema: bodySchema(name, event),
    ...(example === undefined ? {} : { example: example.body }),
  };
  return {
    operationId: `receive-${name.replaceAll('.', '-')}`,
    tags: ['deliveries'],
    summary: `Receive \`${name}\``,
    description: event.description,
    security: [],
    parameters: Object.entries(headers).map(([header, parameter]) => ({
      name: header,
      in: 'header',
      required: true,
      ...parameter,
      ...(example?.headers[header] === undefined
        ? {}
        : { example: valueOf(parameter, example.headers[header]) }),
    })),
    requestBody: { required: true, content: { 'application/json': content } },
    responses,
  };
}

interface HeaderParameter {
  readonly description: string;
  readonly schema: { readonly type: 'string' | 'integer' } & JsonObject;
}

/** What a delivery has beside the headers of the webhook's own. A deployment may use another prefix. */
const headers: Readonly<Record<string, HeaderParameter>> = {
  'Persona-Signature': {
    description:
      'One group `t=<unix seconds>,v1=<hex>` for each valid secret, the newest first, with a space between. `v1` is the HMAC-SHA256 of `t`, a full stop and the raw body, under the whole secret.',
    schema: { type: 'string', pattern: '^t=\\d+,v1=[0-9a-f]{64}( t=\\d+,v1=[0-9a-f]{64})?$' },
  },
  'Persona-Webhook-Attempts-Made': {
    description: 'Counts this attempt, so 1 on the first.',
    schema: { type: 'integer', minimum: 1 },
  },
  'Persona-Webhook-Attempts-Left': {
    description: 'Attempts that follow if this one fails.',
    schema: { type: 'integer', minimum: 0 },
  },
  'Persona-Webhook-First-Attempted-At': {
    description: 'When the first attempt began, in seconds since 1970.',
    schema: { type: 'integer' },
  },
  'User-Agent': { description: 'Credence and its version.', schema: { type: 'string' } },
};

function valueOf({ schema }: HeaderParameter, text: string): string | number {
  return schema.type === 'integer' ? Number(text) : text;
}

/** The body of a delivery. */
export function bodySchema(name: string, { types, included }: EmittedEvent): JsonObject {
  return closed({
    data: closed({
      type: { const: 'event' },
      id: { type: 'string', pattern: '^evt_[0-9A-Za-z]+$' },
      attributes: closed(
        {
          name: { const: name },
          payload: closed({
            data: anyResource(types),
            included: {
              type: 'array',
              items: included.length === 0 ? false : anyResource(included),
            },
          }),
          context: { type: 'object', description: 'What else belongs to the event.' },
          'created-at': { type: 'string', format: 'date-time' },
        },
        ['context'],
      ),
    }),
  });
}

/** An object that has exactly these members; `optional` ones may be missing. */
function closed(properties: JsonObject, optional: readonly string[] = []): JsonObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

const onlySome = (status: number): JsonObject => ({
  description: `Success for a webhook with the retry policy \`current\`, or one of its own that lists ${String(status)}; a failure for one with \`classic\`.`,
});

const responses: JsonObject = {
  '200': { description: 'Success. The body is not looked at.' },
  '201': onlySome(201),
  '202': onlySome(202),
  '204': onlySome(204),
  default: {
    description:
      'A failure: the attempt is made again by the webhook’s retry policy. A redirect is not followed. So are five seconds without a whole answer, unless the webhook has another `timeout-ms`.',
  },
};
