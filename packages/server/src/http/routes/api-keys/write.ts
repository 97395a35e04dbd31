import { limits } from '@credence/contract';
import { z } from 'zod';
import { changeKey, cloneKey, createKey, expireKey } from '../../../access/key-commands.ts';
import { apiKeyResource } from '../../../access/key-resource.ts';
import { keyAttributes } from '../../../access/key-schema.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';

const type = z.literal('api-key', 'must be "api-key"').optional();
const confirm = z.boolean().optional();
const delay = limits.apiKeyExpirySeconds;

const createSchema = z.strictObject({
  data: z.strictObject({ type, attributes: keyAttributes.required({ name: true }) }),
});

const updateSchema = z.strictObject({
  data: z.strictObject({ type, attributes: keyAttributes }),
  meta: z.strictObject({ confirm }).optional(),
});

const expireSchema = z.strictObject({
  meta: z.strictObject({
    'expires-in-seconds': z
      .int()
      .min(0, 'must be at least 0')
      .max(delay.max, `must be at most ${String(delay.max)} (30 days)`),
    confirm,
  }),
});

const cannotGrant =
  'A key cannot grant what it lacks: that is 403 and names the first thing that is too much.';

export const createApiKeyRoute: Route = {
  method: 'post',
  path: '/api-keys',
  permission: 'api_key.write',
  reference: {
    id: 'create-an-api-key',
    summary: 'Create an API key, whose value is shown this once',
    description:
      `${cannotGrant} Without \`permissions\` it takes those of the acting key but the two \`api_key\` ones; ` +
      'without `ip-address-allowlist` and `api-attributes-blocklist`, those of the acting key. It ends with it.',
    body: createSchema,
    answer: { statuses: [201], data: 'one', types: ['api-key'] },
    refusals: ['record_invalid'],
  },
  async handle({ ctx, key, apiVersion, body }) {
    const { attributes } = check(createSchema, body).data;
    const made = await createKey(ctx, key, apiVersion, attributes);
    return { kind: 'one', status: 201, data: apiKeyResource(made.key, made.value) };
  },
};

export const updateApiKeyRoute: Route = {
  method: 'patch',
  path: '/api-keys/:id',
  permission: 'api_key.write',
  reference: {
    id: 'update-an-api-key',
    summary: 'Update an API key',
    description:
      `${cannotGrant} A key that can do more than the acting one can be narrowed and renamed. A key that would lock ` +
      'itself out is refused with 409 unless `meta.confirm` is true.',
    body: updateSchema,
    answer: { statuses: [200], data: 'one', types: ['api-key'] },
    refusals: ['not_found', 'conflict', 'record_invalid'],
  },
  async handle({ ctx, key, clientAddress, param, body }) {
    const { data, meta } = check(updateSchema, body);
    const actor = { key, clientAddress, isConfirmed: meta?.confirm === true };
    return { kind: 'one', data: apiKeyResource(await changeKey(ctx, actor, param('id'), data.attributes)) };
  },
};

export const expireApiKeyRoute: Route = {
  method: 'post',
  path: '/api-keys/:id/expire',
  permission: 'api_key.write',
  reference: {
    id: 'expire-an-api-key',
    summary: 'Let an API key expire, at once or after a delay',
    description:
      'An end that has not come can be moved either way, and not beyond the end of the acting key; one that has come ' +
      'is final. A key that would end itself is refused with 409 unless `meta.confirm` is true.',
    body: expireSchema,
    answer: { statuses: [200], data: 'one', types: ['api-key'] },
    refusals: ['not_found', 'conflict', 'record_invalid'],
  },
  async handle({ ctx, key, clientAddress, param, body }) {
    const { meta } = check(expireSchema, body);
    const actor = { key, clientAddress, isConfirmed: meta.confirm === true };
    const expired = await expireKey(ctx, actor, param('id'), meta['expires-in-seconds']);
    return { kind: 'one', data: apiKeyResource(expired) };
  },
};

export const cloneApiKeyRoute: Route = {
  method: 'post',
  path: '/api-keys/:id/clone',
  permission: 'api_key.write',
  reference: {
    id: 'clone-an-api-key',
    summary: 'Clone an API key, to a value that is shown this once',
    description: `${cannotGrant} The clone has the settings of the key, and ends when the acting key does.`,
    answer: { statuses: [200], data: 'one', types: ['api-key'] },
    refusals: ['not_found'],
  },
  async handle({ ctx, key, param, body }) {
    check(nothing, body);
    const made = await cloneKey(ctx, key, param('id'));
    return { kind: 'one', data: apiKeyResource(made.key, made.value) };
  },
};
