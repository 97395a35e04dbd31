import { openAccount, openAccounts } from '../../account/open.ts';
import { redactAccount } from '../../account/redact.ts';
import { accountResource } from '../../account/resource.ts';
import { findAccount, listAccounts } from '../../db/queries/accounts.ts';
import { Refusal } from '../../refusal.ts';
import { check } from '../check.ts';
import { commaFilter } from '../filters.ts';
import { nothing } from '../nothing.ts';
import { toPage, walkOf, type Route } from '../route.ts';
import { accountAnswer, accountIncludes } from './accounts/answer.ts';

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
    const accounts = await openAccounts(ctx, ctx.db, scope.environmentId, rows);
    return { kind: 'page', data: accounts.map(accountResource), ...sides };
  },
};

export const retrieveAccountRoute: Route = {
  method: 'get',
  path: '/accounts/:id',
  permission: 'account.read',
  includes: accountIncludes,
  reference: {
    id: 'retrieve-an-account',
    summary: 'Retrieve an account',
    answer: { statuses: [200], data: 'one', types: ['account'] },
    refusals: [],
  },
  async handle({ ctx, scope, param }) {
    const row = await findAccount(ctx.db, scope.environmentId, param('id'));
    if (row === undefined) throw new Refusal('not_found');
    return accountAnswer(await openAccount(ctx, ctx.db, row));
  },
};

export const redactAccountRoute: Route = {
  method: 'delete',
  path: '/accounts/:id',
  permission: 'account.write',
  includes: accountIncludes,
  reference: {
    id: 'redact-an-account',
    summary: 'Redact an account',
    description: 'Destroys its personal values, and those of all its inquiries, for good.',
    answer: { statuses: [200], data: 'one', types: ['account'] },
    refusals: ['conflict'],
  },
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    return accountAnswer(await redactAccount(ctx, scope, param('id')));
  },
};
