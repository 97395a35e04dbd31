import { z } from 'zod';
import type { Scope } from '../../../context.ts';
import { createAccount } from '../../../account/create.ts';
import { accountTypeId } from '../../../account/type.ts';
import { updateAccount } from '../../../account/update.ts';
import { Refusal } from '../../../refusal.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { accountAnswer, accountIncludes } from './answer.ts';
import { accountAttributes, toAccountUpdate } from './attributes.ts';

const type = z.literal('account', 'must be "account"').optional();

/** Names of the one attribute by which an account is found: no field of the account type is unique. */
const unique = ['reference-id', 'reference_id', 'referenceId'] as const;

const creation = z.strictObject({
  data: z
    .strictObject({
      type,
      attributes: accountAttributes.extend({ 'account-type-id': z.string().nullish() }).optional(),
    })
    .optional(),
  meta: z
    .strictObject({ 'upsert-by': z.enum(unique, 'must be reference-id: no other is unique').nullish() })
    .optional(),
});

export const createAccountRoute: Route = {
  method: 'post',
  path: '/accounts',
  permission: 'account.write',
  includes: accountIncludes,
  reference: {
    id: 'create-an-account',
    summary: 'Create an account',
    description:
      'Fields can be written by their attributes (`name-first`) and in `fields`, each value as it is or as ' +
      '`{ type, value }`; where both are given, `fields` counts. With `meta.upsert-by` the account that has the ' +
      'reference id already is updated and answered with 200.',
    body: creation,
    answer: { statuses: [200, 201], data: 'one', types: ['account'] },
    refusals: ['conflict', 'record_invalid'],
  },
  async handle({ ctx, scope, body }) {
    const { data, meta } = check(creation, body);
    const { 'account-type-id': typeId, ...attributes } = data?.attributes ?? {};
    requireKnownType(scope, typeId);
    const isUpsert = Boolean(meta?.['upsert-by']);
    if (isUpsert && !attributes['reference-id']) {
      throw new Refusal('bad_request', { details: 'data.attributes.reference_id is missing' });
    }
    const { account, isNew } = await createAccount(ctx, scope, toAccountUpdate(attributes), { isUpsert });
    return accountAnswer(account, isNew ? 201 : 200);
  },
};

function requireKnownType({ environmentId }: Scope, typeId: string | null | undefined): void {
  const known = accountTypeId(environmentId);
  if (typeId === undefined || typeId === null || typeId === known) return;
  throw new Refusal('record_invalid', {
    details: `data.attributes.account_type_id is not found; there is ${known}`,
    pointer: '/data/attributes/account-type-id',
  });
}

const update = z.strictObject({
  data: z.strictObject({ type, attributes: accountAttributes.optional() }).optional(),
});

export const updateAccountRoute: Route = {
  method: 'patch',
  path: '/accounts/:id',
  permission: 'account.write',
  includes: accountIncludes,
  reference: {
    id: 'update-an-account',
    summary: 'Update an account',
    description:
      'What is not given stays, also the members of a field that has some (`name`, `address`); null clears. ' +
      '`identification_numbers` and `tags` are replaced.',
    body: update,
    answer: { statuses: [200], data: 'one', types: ['account'] },
    refusals: ['not_found', 'conflict', 'record_invalid'],
  },
  async handle({ ctx, scope, body, param }) {
    const { data } = check(update, body);
    const account = await updateAccount(ctx, scope, param('id'), toAccountUpdate(data?.attributes ?? {}));
    return accountAnswer(account);
  },
};
