import type { Context } from '../context.ts';
import { readEgressAddresses } from '../db/queries/egress-addresses.ts';
import { cachedReply } from './cached-reply.ts';
import type { Call } from './call.ts';
import type { Reply } from './reply.ts';

export const egressAddressesPath = '/.well-known/egress-addresses.json';

/** The list for machines, without authentication: receivers keep their allowlists by it. */
export async function egressAddresses({ db }: Pick<Context, 'db'>, call: Call): Promise<Reply> {
  const { version, changedAt, regions } = await readEgressAddresses(db);
  // The time beside the version, so that a database made anew says something else.
  const tag = `"${String(version)}-${changedAt.getTime().toString(36)}"`;
  const body = JSON.stringify({ version, 'changed-at': changedAt.toISOString(), regions });
  return cachedReply(call, tag, { body, contentType: 'application/json' });
}
