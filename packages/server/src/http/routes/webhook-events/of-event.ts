import { z } from 'zod';
import { webhookEventResources } from '../../../record/resource.ts';
import { findWhereabouts } from '../../../record/whereabouts.ts';
import { toPage, walkOf, type Route } from '../../route.ts';

const meta = z.strictObject({
  'not-sent-to': z.array(z.strictObject({ 'webhook-id': z.string(), reason: z.string() })),
});

/** Where an event went, and in `meta` which webhooks it did not go to, and why. */
export const listWebhookEventsOfEventRoute: Route = {
  method: 'get',
  path: '/events/:id/webhook-events',
  permission: 'webhook_event.read',
  reference: {
    id: 'list-webhook-events-of-an-event',
    summary: 'List where an event went',
    description: 'What it did not go to, and why, is in `meta`.',
    answer: { statuses: [200], data: 'many', types: ['webhook-event'], meta: meta },
    refusals: [],
  },
  filters: [],
  async handle({ ctx, scope, query, param }) {
    const { rows: found, others } = await findWhereabouts(ctx, scope, param('id'), walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    const notSent = others.map(({ webhookId, reason }) => ({ 'webhook-id': webhookId, reason }));
    return {
      kind: 'page',
      data: await webhookEventResources(ctx.db, scope.environmentId, rows),
      ...sides,
      meta: { 'not-sent-to': notSent },
    };
  },
};
