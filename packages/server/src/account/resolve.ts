import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { findAccount, findAccountByReference, insertAccount, type AccountRow } from '../db/queries/accounts.ts';
import { Refusal } from '../refusal.ts';

/** Which account an inquiry belongs to. */
export type AccountChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'existing'; readonly id: string }
  /** The account with this reference id, made where there is none; without one, always a new account. */
  | { readonly kind: 'reference'; readonly referenceId: string | null };

export interface ResolvedAccount {
  readonly account: AccountRow | undefined;
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
      return { account: await existing(tx, scope, choice.id), isNew: false };
    case 'reference':
      return findOrCreate(ctx, tx, scope, choice.referenceId, at);
  }
}

async function existing(tx: Transaction, scope: Scope, id: string): Promise<AccountRow> {
  const pointer = '/data/attributes/account-id';
  const account = await findAccount(tx, scope.environmentId, id);
  if (account === undefined) {
    throw new Refusal('record_invalid', { details: 'data.attributes.account_id is not found', pointer });
  }
  if (account.redactedAt !== null) {
    throw new Refusal('conflict', { details: 'Account already redacted; a redacted account takes no inquiry.' });
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
    const found = await findAccountByReference(tx, environmentId, referenceId);
    if (found !== undefined) return { account: found, isNew: false };
  }
  const id = ctx.ids('account', at.getTime());
  const made = await insertAccount(tx, { environmentId, id, referenceId, createdAt: at });
  if (made !== undefined) return { account: made, isNew: true };
  // Another request made it in between: its row is committed, or the insert would still wait for it.
  const other = referenceId === null ? undefined : await findAccountByReference(tx, environmentId, referenceId);
  if (other === undefined) throw new Refusal('conflict', { details: 'The account changed meanwhile; try again.' });
  return { account: other, isNew: false };
}
