import { listWebhooks } from '../../../db/queries/webhooks.ts';
import { retrieveWebhook } from '../../../webhook/commands.ts';
import { webhookResource } from '../../../webhook/resource.ts';
import { toPage, walkOf, type Route } from '../../route.ts';

export const listWebhooksRoute: Route = {
  method: 'get',
  path: '/webhooks',
  permission: 'webhook.read',
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
  async handle({ ctx, scope, param }) {
    const { webhook, secrets } = await retrieveWebhook(ctx, scope, param('id'));
    return { kind: 'one', data: webhookResource(webhook, secrets) };
  },
};
