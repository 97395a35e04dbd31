import type { WebhookStatus } from '../../../db/queries/webhooks.ts';
import { changeStatus } from '../../../webhook/commands.ts';
import { webhookResource } from '../../../webhook/resource.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route, RouteReference } from '../../route.ts';

type Described = Pick<RouteReference, 'id' | 'summary' | 'description'>;

function statusRoute(path: string, status: WebhookStatus, describe: Described): Route {
  return {
    method: 'post',
    path: `/webhooks/:id/${path}`,
    permission: 'webhook.write',
    reference: {
      ...describe,
      answer: { statuses: [200], data: 'one', types: ['webhook'] },
      refusals: ['conflict'],
    },
    async handle({ ctx, scope, param, body }) {
      check(nothing, body);
      return { kind: 'one', data: webhookResource(await changeStatus(ctx, scope, param('id'), status)) };
    },
  };
}

export const enableWebhookRoute = statusRoute('enable', 'enabled', {
  id: 'enable-a-webhook',
  summary: 'Enable a webhook',
});
export const disableWebhookRoute = statusRoute('disable', 'disabled', {
  id: 'disable-a-webhook',
  summary: 'Disable a webhook',
  description: 'What is on its way to it ends as failed.',
});
export const archiveWebhookRoute = statusRoute('archive', 'archived', {
  id: 'archive-a-webhook',
  summary: 'Archive a webhook',
  description: 'For good: an archived webhook cannot be enabled again.',
});
