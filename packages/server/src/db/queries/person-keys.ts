import { statement, type Queryable } from '../database.ts';

const insert = statement(
  'person-keys.insert',
  `insert into person_keys (environment_id, id, wrapped) values ($1, $2, $3)`,
);

export async function insertPersonKey(
  db: Queryable,
  environmentId: string,
  id: string,
  wrapped: Buffer,
): Promise<void> {
  await db.query(insert, [environmentId, id, wrapped]);
}

const find = statement(
  'person-keys.find',
  `select id, wrapped from person_keys where environment_id = $1 and id = any ($2::text[])`,
);

/** The wrapped keys that still exist, by person. */
export async function findPersonKeys(
  db: Queryable,
  environmentId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const rows = await db.query<{ id: string; wrapped: Buffer }>(find, [environmentId, ids]);
  return new Map(rows.map((row) => [row.id, row.wrapped]));
}

/** Whose key may be asked for. */
export interface PersonOfEnvironment {
  readonly environmentId: string;
  readonly id: string;
}

export interface WrappedPersonKey extends PersonOfEnvironment {
  readonly wrapped: Buffer;
}

const findOfMany = statement(
  'person-keys.find-of-many',
  `select k.environment_id as "environmentId", k.id, k.wrapped
   from unnest($1::text[], $2::text[]) as person (environment_id, id)
   join person_keys k on k.environment_id = person.environment_id and k.id = person.id`,
);

/** The same for persons of several environments, each looked for in its own. */
export function findPersonKeysOfMany(
  db: Queryable,
  persons: readonly PersonOfEnvironment[],
): Promise<WrappedPersonKey[]> {
  return db.query<WrappedPersonKey>(findOfMany, [
    persons.map(({ environmentId }) => environmentId),
    persons.map(({ id }) => id),
  ]);
}

const remove = statement(
  'person-keys.remove',
  `delete from person_keys where environment_id = $1 and id = any ($2::text[])`,
);

export async function removePersonKeys(
  db: Queryable,
  environmentId: string,
  ids: readonly string[],
): Promise<void> {
  await db.query(remove, [environmentId, ids]);
}
