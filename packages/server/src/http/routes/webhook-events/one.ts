import { resendDelivery } from '../../../record/resend.ts';
import { retrieveDelivery } from '../../../record/retrieve.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';

export const retrieveWebhookEventRoute: Route = {
  method: 'get',
  path: '/webhook-events/:id',
  permission: 'webhook_event.read',
  reference: {
    id: 'retrieve-a-webhook-event',
    summary: 'Retrieve a webhook event',
    description: 'With every attempt.',
    answer: { statuses: [200], data: 'one', types: ['webhook-event'] },
    refusals: [],
  },
  async handle({ ctx, scope, param }) {
    return { kind: 'one', data: await retrieveDelivery(ctx, scope, param('id')) };
  },
};

/** Answers the new webhook event. */
export const resendWebhookEventRoute: Route = {
  method: 'post',
  path: '/webhook-events/:id/resend',
  permission: 'webhook_event.write',
  reference: {
    id: 'resend-a-webhook-event',
    summary: 'Resend a webhook event',
    description: 'Answers the new webhook event. Each can be sent again once.',
    answer: { statuses: [201], data: 'one', types: ['webhook-event'] },
    refusals: ['conflict'],
  },
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    return { kind: 'one', status: 201, data: await resendDelivery(ctx, scope, param('id')) };
  },
};
