import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { insertAccount } from '../db/queries/accounts.ts';
import { insertPersonKey } from '../db/queries/person-keys.ts';
import { recordEvents } from '../event/record.ts';
import { changeAccountIn, referenceTaken } from './change.ts';
import { accountEvent } from './events.ts';
import type { AccountFields } from './fields.ts';
import { sealFields, type AccountNode } from './open.ts';
import { lockByReference } from './resolve.ts';
import { draftOf, type AccountUpdate } from './update.ts';

export interface CreatedAccount {
  readonly account: AccountNode;
  /** false where an account with the reference id was there and was updated. */
  readonly isNew: boolean;
}

/**
 * Creates an account. Where its reference id has one already, that one is updated if `isUpsert`, else this throws
 * `conflict`.
 */
export function createAccount(
  ctx: Context,
  scope: Scope,
  request: AccountUpdate,
  { isUpsert }: { readonly isUpsert: boolean },
): Promise<CreatedAccount> {
  return ctx.db.transaction(async (tx) => {
    const made = await insert(ctx, tx, scope, request);
    if (made !== undefined) return { account: made, isNew: true };
    const { referenceId } = request;
    const found =
      isUpsert && referenceId ? await lockByReference(tx, scope.environmentId, referenceId) : undefined;
    if (found === undefined) throw referenceTaken();
    return { account: await changeAccountIn(ctx, tx, found, draftOf(request)), isNew: false };
  });
}

/** undefined where the reference id has an account. */
async function insert(
  ctx: Context,
  tx: Transaction,
  { environmentId }: Scope,
  request: AccountUpdate,
): Promise<AccountNode | undefined> {
  const createdAt = new Date(ctx.clock.nowMs());
  const id = ctx.ids('account', createdAt.getTime());
  const { tags = [], fields = {} } = draftOf(request)({ fields: {} });
  const person = isEmpty(fields) ? undefined : ctx.vault.newPersonKey(environmentId, id);
  const row = await insertAccount(tx, {
    environmentId,
    id,
    referenceId: request.referenceId ?? null,
    createdAt,
    tags,
    sealed: person === undefined ? null : sealFields(person.key, { environmentId, id }, fields),
  });
  if (row === undefined) return undefined;
  if (person !== undefined) await insertPersonKey(tx, environmentId, id, person.wrapped);
  const account = { row, key: person?.key, fields };
  await recordEvents(ctx, tx, environmentId, [accountEvent('account.created', account, createdAt)]);
  return account;
}

function isEmpty(fields: AccountFields): boolean {
  return Object.keys(fields).length === 0;
}
