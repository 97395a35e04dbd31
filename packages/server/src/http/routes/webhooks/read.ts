import { listWebhooks } from '../../../db/queries/webhooks.ts';
import { retrieveWebhook } from '../../../webhook/commands.ts';
import { webhookResource } from '../../../webhook/resource.ts';
import { toPage, walkOf, type Route } from '../../route.ts';

export const listWebhooksRoute: Route = {
  method: 'get',
  path: '/webhooks',
  permission: 'webhook.read',
  reference: {
    id: 'list-all-webhooks',
    summary: 'List webhooks',
    description: 'Without their secrets.',
    answer: { statuses: [200], data: 'many', types: ['webhook'] },
    refusals: [],
  },
  filters: [],
  async handle({ ctx, scope, query }) {
    const found = await listWebhooks(ctx.db, scope.environmentId, walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    return { kind: 'page', data: rows.map((row) => webhookResource(row)), ...sides };
  },
};

export const retrieveWebhookRoute: Route = {
  method: 'get',
  path: '/webhooks/:id',
  permission: 'webhook.read',
  reference: {
    id: 'retrieve-a-webhook',
    summary: 'Retrieve a webhook',
    answer: { statuses: [200], data: 'one', types: ['webhook'] },
    refusals: [],
  },
  async handle({ ctx, scope, param }) {
    const { webhook, secrets } = await retrieveWebhook(ctx, scope, param('id'));
    return { kind: 'one', data: webhookResource(webhook, secrets) };
  },
};
