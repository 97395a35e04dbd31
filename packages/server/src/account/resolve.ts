import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import {
  findAccountByReference,
  insertAccount,
  lockAccount,
  type AccountRow,
} from '../db/queries/accounts.ts';
import { Refusal } from '../refusal.ts';
import { openAccount, type AccountNode } from './open.ts';

/** Which account an inquiry belongs to. */
export type AccountChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'existing'; readonly id: string }
  /** The account with this reference id, made where there is none; without one, always a new account. */
  | { readonly kind: 'reference'; readonly referenceId: string | null };

export interface ResolvedAccount {
  readonly account: AccountNode | undefined;
  readonly isNew: boolean;
}

export async function resolveAccount(
  ctx: Context,
  tx: Transaction,
  scope: Scope,
  choice: AccountChoice,
  at: Date,
): Promise<ResolvedAccount> {
  switch (choice.kind) {
    case 'none':
      return { account: undefined, isNew: false };
    case 'existing':
      return { account: await openAccount(ctx, tx, await existing(tx, scope, choice.id)), isNew: false };
    case 'reference':
      return findOrCreate(ctx, tx, scope, choice.referenceId, at);
  }
}

async function existing(tx: Transaction, scope: Scope, id: string): Promise<AccountRow> {
  const pointer = '/data/attributes/account-id';
  const account = await lockAccount(tx, scope.environmentId, id);
  if (account === undefined) {
    throw new Refusal('record_invalid', { details: 'data.attributes.account_id is not found', pointer });
  }
  if (account.redactedAt !== null) {
    throw new Refusal('conflict', {
      details: 'Account already redacted; a redacted account takes no inquiry.',
    });
  }
  return account;
}

async function findOrCreate(
  ctx: Context,
  tx: Transaction,
  { environmentId }: Scope,
  referenceId: string | null,
  at: Date,
): Promise<ResolvedAccount> {
  if (referenceId !== null) {
    const found = await lockByReference(tx, environmentId, referenceId);
    if (found !== undefined) return { account: await openAccount(ctx, tx, found), isNew: false };
  }
  const id = ctx.ids('account', at.getTime());
  const blank = { environmentId, id, referenceId, createdAt: at, tags: [], sealed: null };
  const made = await insertAccount(tx, blank);
  if (made !== undefined) return { account: { row: made, key: undefined, fields: {} }, isNew: true };
  // Another request made it in between: its row is committed, or the insert would still wait for it.
  const other = referenceId === null ? undefined : await lockByReference(tx, environmentId, referenceId);
  if (other === undefined)
    throw new Refusal('conflict', { details: 'The account changed meanwhile; try again.' });
  return { account: await openAccount(ctx, tx, other), isNew: false };
}

/**
 * The account of a reference id, locked: its redaction comes before the whole command, which then makes a new
 * one, or after it, and finds the new inquiry.
 */
export async function lockByReference(
  tx: Transaction,
  environmentId: string,
  referenceId: string,
): Promise<AccountRow | undefined> {
  const found = await findAccountByReference(tx, environmentId, referenceId);
  const locked = found && (await lockAccount(tx, environmentId, found.id));
  return locked?.redactedAt === null ? locked : undefined;
}
