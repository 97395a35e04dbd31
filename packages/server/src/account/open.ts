import type { Context } from '../context.ts';
import type { Queryable } from '../db/database.ts';
import type { AccountRow } from '../db/queries/accounts.ts';
import { findPersonKeys } from '../db/queries/person-keys.ts';
import type { SealingKey } from '../privacy/envelope.ts';
import { sealJson, unsealJson } from '../privacy/vault.ts';
import type { AccountFields } from './fields.ts';

/** An account, opened. */
export interface AccountNode {
  readonly row: AccountRow;
  /** undefined where nothing is sealed: nothing was ever written, or it was redacted. */
  readonly key: SealingKey | undefined;
  readonly fields: AccountFields;
}

/** Opens accounts of one environment, in their order. Reads nothing where none holds anything. */
export async function openAccounts(
  ctx: Pick<Context, 'vault'>,
  db: Queryable,
  environmentId: string,
  rows: readonly AccountRow[],
): Promise<AccountNode[]> {
  const sealed = rows.filter((row) => row.sealed !== null).map(({ id }) => id);
  const wrapped = sealed.length === 0 ? undefined : await findPersonKeys(db, environmentId, sealed);
  return rows.map((row) => openAccountWith(ctx, row, wrapped?.get(row.id)));
}

export async function openAccount(
  ctx: Pick<Context, 'vault'>,
  db: Queryable,
  row: AccountRow,
): Promise<AccountNode> {
  const [node] = await openAccounts(ctx, db, row.environmentId, [row]);
  if (node === undefined) throw new Error(`Account ${row.id} could not be opened.`);
  return node;
}

/** The same with a key that was found already. */
export function openAccountWith(
  { vault }: Pick<Context, 'vault'>,
  row: AccountRow,
  wrapped: Buffer | undefined,
): AccountNode {
  if (wrapped === undefined || row.sealed === null) return { row, key: undefined, fields: {} };
  const key = vault.unwrapPersonKey(row.environmentId, row.id, wrapped);
  return { row, key, fields: unsealJson(key, place(row), row.sealed) };
}

/** The column that holds the fields. */
export function sealFields(
  key: SealingKey,
  row: Pick<AccountRow, 'environmentId' | 'id'>,
  fields: AccountFields,
): Buffer {
  return sealJson(key, place(row), fields);
}

function place({ environmentId, id }: Pick<AccountRow, 'environmentId' | 'id'>): string {
  return `accounts/${environmentId}/${id}`;
}
