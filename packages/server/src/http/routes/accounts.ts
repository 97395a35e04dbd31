import { redactAccount } from '../../account/redact.ts';
import { accountResource, accountTypeId } from '../../account/resource.ts';
import { findAccount, listAccounts } from '../../db/queries/accounts.ts';
import { Refusal } from '../../refusal.ts';
import { check } from '../check.ts';
import { commaFilter } from '../filters.ts';
import { nothing } from '../nothing.ts';
import { toPage, walkOf, type Route } from '../route.ts';

export const listAccountsRoute: Route = {
  method: 'get',
  path: '/accounts',
  permission: 'account.read',
  reference: {
    id: 'list-all-accounts',
    summary: 'List accounts',
    answer: { statuses: [200], data: 'many', types: ['account'] },
    refusals: [],
  },
  filters: ['reference-id'],
  async handle({ ctx, scope, query }) {
    const references = commaFilter(query.filter, 'reference-id');
    const found = await listAccounts(ctx.db, scope.environmentId, references, walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    const typeId = accountTypeId(scope.environmentId);
    return { kind: 'page', data: rows.map((row) => accountResource(row, typeId)), ...sides };
  },
};

export const retrieveAccountRoute: Route = {
  method: 'get',
  path: '/accounts/:id',
  permission: 'account.read',
  reference: {
    id: 'retrieve-an-account',
    summary: 'Retrieve an account',
    answer: { statuses: [200], data: 'one', types: ['account'] },
    refusals: [],
  },
  includes: ['account-type'],
  async handle({ ctx, scope, param }) {
    const account = await findAccount(ctx.db, scope.environmentId, param('id'));
    if (account === undefined) throw new Refusal('not_found');
    return { kind: 'one', data: accountResource(account, accountTypeId(scope.environmentId)) };
  },
};

export const redactAccountRoute: Route = {
  method: 'delete',
  path: '/accounts/:id',
  permission: 'account.write',
  reference: {
    id: 'redact-an-account',
    summary: 'Redact an account',
    description: 'Destroys its personal values, and those of all its inquiries, for good.',
    answer: { statuses: [200], data: 'one', types: ['account'] },
    refusals: ['conflict'],
  },
  includes: ['account-type'],
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    const account = await redactAccount(ctx, scope, param('id'));
    return { kind: 'one', data: accountResource(account, accountTypeId(scope.environmentId)) };
  },
};
