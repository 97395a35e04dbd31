import type { Context, Scope } from '../context.ts';
import { isUniqueViolation, type Transaction } from '../db/database.ts';
import { lockAccount, updateAccountRow, type AccountRow } from '../db/queries/accounts.ts';
import { insertPersonKey } from '../db/queries/person-keys.ts';
import { recordEvents } from '../event/record.ts';
import { nextInstant } from '../inquiry/change.ts';
import { Refusal } from '../refusal.ts';
import { accountEvent, tagEvents } from './events.ts';
import type { AccountFields } from './fields.ts';
import { openAccount, sealFields, type AccountNode } from './open.ts';

/** What an account is to have from now on; what is absent stays. */
export interface AccountDraft {
  readonly referenceId?: string | null;
  readonly tags?: readonly string[];
  readonly fields?: AccountFields;
}

/**
 * The one way to change an account: locks it, asks `work` what it is to have, and commits the account, its events and
 * their deliveries together. Where nothing is another than before, nothing is written. Throws `not_found` for
 * another environment's id, and `conflict` for a redacted account or a reference id that another account has.
 */
export function changeAccount(
  ctx: Context,
  scope: Scope,
  accountId: string,
  work: (account: AccountNode) => AccountDraft,
): Promise<AccountNode> {
  return ctx.db.transaction(async (tx) => {
    const row = await lockAccount(tx, scope.environmentId, accountId);
    if (row === undefined) throw new Refusal('not_found');
    return changeAccountIn(ctx, tx, row, work);
  });
}

/** The same for an account that the caller has locked. */
export async function changeAccountIn(
  ctx: Context,
  tx: Transaction,
  row: AccountRow,
  work: (account: AccountNode) => AccountDraft,
): Promise<AccountNode> {
  if (row.redactedAt !== null) {
    throw new Refusal('conflict', {
      details: 'Account already redacted; a redacted account accepts no change.',
    });
  }
  const account = await openAccount(ctx, tx, row);
  const draft = work(account);
  const at = nextInstant(ctx.clock.nowMs(), row.lastEventAt);
  const written = await withFields(ctx, tx, account, draft.fields);
  const isNewReference = draft.referenceId !== undefined && draft.referenceId !== row.referenceId;
  const next: AccountNode = {
    ...written,
    row: {
      ...written.row,
      referenceId: isNewReference ? draft.referenceId : row.referenceId,
      tags: draft.tags ?? row.tags,
      updatedAt: at,
      lastEventAt: at,
    },
  };
  const events = [
    ...(written === account ? [] : [accountEvent('account.updated-fields', next, at)]),
    ...tagEvents(row.tags, next, at),
  ];
  if (events.length === 0 && !isNewReference) return account;
  await save(tx, next.row);
  if (events.length > 0) await recordEvents(ctx, tx, row.environmentId, events);
  return next;
}

/** The account itself where the fields are what they were. The first fields bring the key that seals them. */
async function withFields(
  ctx: Context,
  tx: Transaction,
  account: AccountNode,
  fields: AccountFields | undefined,
): Promise<AccountNode> {
  if (fields === undefined || JSON.stringify(fields) === JSON.stringify(account.fields)) return account;
  const { environmentId, id } = account.row;
  let { key } = account;
  if (key === undefined) {
    const made = ctx.vault.newPersonKey(environmentId, id);
    await insertPersonKey(tx, environmentId, id, made.wrapped);
    key = made.key;
  }
  return { row: { ...account.row, sealed: sealFields(key, account.row, fields) }, key, fields };
}

async function save(tx: Transaction, row: AccountRow): Promise<void> {
  try {
    await updateAccountRow(tx, row);
  } catch (cause) {
    if (isUniqueViolation(cause)) throw referenceTaken(cause);
    throw cause;
  }
}

export function referenceTaken(cause?: unknown): Refusal {
  return new Refusal('conflict', { details: 'Resource already exists as an active resource', cause });
}
