// Compiled beside the generated client when the test runs, as life.ts is.
import { clientFor, known, refusedBy, type Refused } from './life.js';
import * as persona from './persona/index.js';

export interface AccountStory {
  /** Of making, of making again by the reference id, and of making one of the same reference id. */
  readonly statuses: readonly (number | undefined)[];
  readonly isSame: boolean;
  readonly referenceId: string | null;
  readonly duplicate: Refused;
}

export async function makeAccount(baseUrl: string, key: string): Promise<AccountStory> {
  const client = clientFor(baseUrl, key);
  const attributes = { 'reference-id': 'made', fields: { birthdate: '1990-01-31' } };
  const made = await persona.createAnAccount({ client, throwOnError: true, body: { data: { attributes } } });
  const body = { data: { attributes }, meta: { 'upsert-by': 'reference-id' } };
  const again = await persona.createAnAccount({ client, throwOnError: true, body });
  const duplicate = refusedBy(await persona.createAnAccount({ client, body: { data: { attributes } } }));
  const path = { 'account-id': known(made.data.data.id) };
  const read = await persona.retrieveAnAccount({ client, throwOnError: true, path });
  return {
    statuses: [made.response.status, again.response.status, duplicate.status],
    isSame: again.data.data.id === made.data.data.id,
    referenceId: known(read.data.data.attributes?.['reference-id']),
    duplicate,
  };
}
