import { z } from 'zod';
import {
  resendJobResource,
  retrieveResendJob,
  startResendJob,
  stopResendJob,
} from '../../../record/resend-job.ts';
import { check } from '../../check.ts';
import { instantForm, readInstant } from '../../instant.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';

const schema = z.strictObject({
  data: z.strictObject({
    type: z.literal('resend-job', 'must be "resend-job"').optional(),
    attributes: z.strictObject({
      'webhook-id': z.string(),
      since: z.string().transform((text, issues) => {
        const at = readInstant(text);
        if (at === undefined) issues.addIssue({ code: 'custom', message: instantForm });
        return at ?? z.NEVER;
      }),
    }),
  }),
});

export const createResendJobRoute: Route = {
  method: 'post',
  path: '/webhook-events/resend',
  permission: 'webhook_event.write',
  reference: {
    id: 'create-a-resend-job',
    summary: 'Send again whatever failed',
    description: 'Starts a job that sends every failed webhook event of one webhook again, once.',
    body: schema,
    answer: { statuses: [201], data: 'one', types: ['resend-job'] },
    refusals: ['record_invalid'],
  },
  async handle({ ctx, scope, body }) {
    const { 'webhook-id': webhookId, since } = check(schema, body).data.attributes;
    const job = await startResendJob(ctx, scope, { webhookId, since });
    return { kind: 'one', status: 201, data: resendJobResource(job) };
  },
};

export const retrieveResendJobRoute: Route = {
  method: 'get',
  path: '/webhook-events/resend/:id',
  permission: 'webhook_event.read',
  reference: {
    id: 'retrieve-a-resend-job',
    summary: 'Retrieve a resend job',
    answer: { statuses: [200], data: 'one', types: ['resend-job'] },
    refusals: [],
  },
  async handle({ ctx, scope, param }) {
    return { kind: 'one', data: resendJobResource(await retrieveResendJob(ctx, scope, param('id'))) };
  },
};

export const cancelResendJobRoute: Route = {
  method: 'post',
  path: '/webhook-events/resend/:id/cancel',
  permission: 'webhook_event.write',
  reference: {
    id: 'cancel-a-resend-job',
    summary: 'Cancel a resend job',
    answer: { statuses: [200], data: 'one', types: ['resend-job'] },
    refusals: ['conflict'],
  },
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    return { kind: 'one', data: resendJobResource(await stopResendJob(ctx, scope, param('id'))) };
  },
};
