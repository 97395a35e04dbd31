import type { WebhookStatus } from '../../../db/queries/webhooks.ts';
import { changeStatus } from '../../../webhook/commands.ts';
import { webhookResource } from '../../../webhook/resource.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';

function statusRoute(path: string, status: WebhookStatus): Route {
  return {
    method: 'post',
    path: `/webhooks/:id/${path}`,
    permission: 'webhook.write',
    async handle({ ctx, scope, param, body }) {
      check(nothing, body);
      return { kind: 'one', data: webhookResource(await changeStatus(ctx, scope, param('id'), status)) };
    },
  };
}

export const enableWebhookRoute = statusRoute('enable', 'enabled');
export const disableWebhookRoute = statusRoute('disable', 'disabled');
export const archiveWebhookRoute = statusRoute('archive', 'archived');
