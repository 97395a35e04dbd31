import { isCustomEventName, isJsonObject, limits, type Json, type JsonObject } from '@credence/contract';
import { z } from 'zod';
import type { CustomEvent } from '../../event/custom-events.ts';
import { isoText } from '../../iso-text.ts';
import { check } from '../check.ts';
import { everyElement, jsonTextsAt, type SentBody } from '../json-texts.ts';
import type { Route } from '../route.ts';

const event = z.strictObject({
  type: z.literal('event', 'must be "event"').optional(),
  attributes: z.strictObject({
    name: z
      .string()
      .refine(
        isCustomEventName,
        'must be custom and 1 to 4 further segments of a-z, 0-9 and -, as in custom.order.paid, in at most 128 characters',
      ),
    payload: z
      .custom<JsonObject>((value) => isJsonObject(value as Json), 'must be an object')
      .meta({ type: 'object', description: 'Any object; it is sent as it is.' }),
  }),
});

const schema = z.strictObject({
  data: z
    .array(event)
    .min(1, 'must have at least one event')
    .max(limits.eventsPerRequest, `must have at most ${String(limits.eventsPerRequest)} events`),
});

/** Takes events of the operator's own. Persona's document has no such operation. */
export const createCustomEventsRoute: Route = {
  method: 'post',
  path: '/events',
  permission: 'event.write',
  reference: {
    id: 'create-custom-events',
    summary: 'Send events of your own',
    description:
      'They go to the webhooks that enabled them, with the payload as it was sent. All are taken or none.',
    body: schema,
    answer: { statuses: [201], data: 'many', types: ['event'] },
    refusals: ['record_invalid'],
  },
  async handle({ ctx, scope, body, sent }) {
    const events = eventsOf(check(schema, body), sent);
    const rows = await ctx.customEvents.add(scope.environmentId, events, ctx.traceContext);
    return {
      kind: 'many',
      status: 201,
      data: rows.map((row) => ({
        owner: null,
        resource: {
          type: 'event',
          id: row.id,
          attributes: { name: row.name, 'created-at': isoText(row.createdAt) },
        },
      })),
    };
  },
};

/** Payloads are taken from the body itself: what is parsed and written again may differ from what was sent. */
function eventsOf({ data }: z.output<typeof schema>, sent: SentBody): CustomEvent[] {
  const payloads = jsonTextsAt(sent, ['data', everyElement, 'attributes', 'payload']);
  return data.map(({ attributes: { name } }, index) => {
    const payload = payloads[index];
    if (payload === undefined) throw new Error('An event was checked that the body does not have.');
    return { name, payload };
  });
}
