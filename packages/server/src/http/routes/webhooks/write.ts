import { limits } from '@credence/contract';
import { z } from 'zod';
import { needsWebhookName } from '../../../versions/conventions.ts';
import {
  changeWebhook,
  cloneWebhook,
  createWebhook,
  rotateWebhookSecret,
} from '../../../webhook/commands.ts';
import { webhookResource } from '../../../webhook/resource.ts';
import { webhookAttributes, type WebhookRules } from '../../../webhook/schema.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';

const type = z.literal('webhook', 'must be "webhook"').optional();
const overlap = limits.secretOverlapSeconds;

const createSchema = (rules: WebhookRules) =>
  z.strictObject({
    data: z.strictObject({
      type,
      attributes: webhookAttributes(rules).required({ name: true, url: true, 'enabled-events': true }),
    }),
  });

/** Of a version in which a webhook needs no name. */
const namelessSchema = (rules: WebhookRules) => {
  const attributes = webhookAttributes(rules).required({ url: true, 'enabled-events': true });
  return z.strictObject({
    data: z.strictObject({
      type,
      attributes: attributes.extend({ name: attributes.shape.name.nullable() }),
    }),
  });
};

const updateSchema = (rules: WebhookRules) =>
  z.strictObject({
    data: z.strictObject({ type, attributes: webhookAttributes(rules).optional() }).optional(),
  });

const rotateSchema = z.strictObject({
  meta: z
    .strictObject({
      'expires-in-seconds': z
        .int()
        .min(0, 'must be at least 0')
        .max(overlap.max, `must be at most ${String(overlap.max)} (7 days)`)
        .optional(),
    })
    .optional(),
});

/** The rules that the reference speaks of: those of a deployment may name regions and allow less. */
const referenceRules: WebhookRules = {
  url: { production: false, allowedCidrs: [], allowLoopback: false },
  headerPrefix: 'Persona',
  regions: [],
};

export const createWebhookRoute: Route = {
  method: 'post',
  path: '/webhooks',
  permission: 'webhook.write',
  reference: {
    id: 'create-a-webhook',
    summary: 'Create a webhook',
    description: 'It is disabled until it is enabled.',
    body: createSchema(referenceRules),
    answer: { statuses: [201], data: 'one', types: ['webhook'] },
    refusals: ['conflict', 'record_invalid'],
  },
  async handle({ ctx, scope, apiVersion, body, webhookRules }) {
    const schema = needsWebhookName(apiVersion) ? createSchema(webhookRules) : namelessSchema(webhookRules);
    const { attributes } = check(schema, body).data;
    const { webhook, secrets } = await createWebhook(ctx, scope, apiVersion, attributes);
    return { kind: 'one', status: 201, data: webhookResource(webhook, secrets) };
  },
};

export const updateWebhookRoute: Route = {
  method: 'patch',
  path: '/webhooks/:id',
  permission: 'webhook.write',
  reference: {
    id: 'update-a-webhook',
    summary: 'Update a webhook',
    description: 'What the body does not name stays as it is.',
    body: updateSchema(referenceRules),
    answer: { statuses: [200], data: 'one', types: ['webhook'] },
    refusals: ['conflict', 'record_invalid'],
  },
  async handle({ ctx, scope, param, body, webhookRules }) {
    const attributes = check(updateSchema(webhookRules), body).data?.attributes ?? {};
    return { kind: 'one', data: webhookResource(await changeWebhook(ctx, scope, param('id'), attributes)) };
  },
};

export const rotateWebhookSecretRoute: Route = {
  method: 'post',
  path: '/webhooks/:id/rotate-secret',
  permission: 'webhook.write',
  reference: {
    id: 'rotate-a-webhook-secret',
    summary: 'Rotate a webhook secret',
    description: 'Until the old secret expires, deliveries are signed with both.',
    body: rotateSchema,
    answer: { statuses: [200], data: 'one', types: ['webhook'] },
    refusals: ['conflict', 'record_invalid'],
  },
  async handle({ ctx, scope, param, body }) {
    const seconds = check(rotateSchema, body).meta?.['expires-in-seconds'] ?? overlap.default;
    const { webhook, secrets } = await rotateWebhookSecret(ctx, scope, param('id'), seconds);
    return { kind: 'one', data: webhookResource(webhook, secrets) };
  },
};

export const cloneWebhookRoute: Route = {
  method: 'post',
  path: '/webhooks/:id/clone',
  permission: 'webhook.write',
  reference: {
    id: 'clone-a-webhook',
    summary: 'Clone a webhook',
    answer: { statuses: [200], data: 'one', types: ['webhook'] },
    refusals: ['conflict', 'record_invalid'],
  },
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    const { webhook, secrets } = await cloneWebhook(ctx, scope, param('id'));
    return { kind: 'one', data: webhookResource(webhook, secrets) };
  },
};
