import type { Context } from '../context.ts';
import { readEgressAddresses } from '../db/queries/egress-addresses.ts';
import type { Call } from './call.ts';
import { jsonReply, type Reply } from './reply.ts';

export const egressAddressesPath = '/.well-known/egress-addresses.json';

/** The list for machines, without authentication: receivers keep their allowlists by it. */
export async function egressAddresses({ db }: Pick<Context, 'db'>, call: Call): Promise<Reply> {
  const { version, changedAt, regions } = await readEgressAddresses(db);
  // The time beside the version, so that a database made anew says something else.
  const tag = `"${String(version)}-${changedAt.getTime().toString(36)}"`;
  const headers = { ETag: tag, 'Cache-Control': 'public, max-age=300' };
  if (isKnown(call.header('if-none-match'), tag)) return { status: 304, body: null, headers };
  const body = JSON.stringify({ version, 'changed-at': changedAt.toISOString(), regions });
  return jsonReply({ status: 200, body }, headers);
}

/** Whether the client has that version already. */
export function isKnown(header: string | undefined, tag: string): boolean {
  const known = (header ?? '').split(',').map((part) => part.trim().replace(/^W\//, ''));
  return known.includes(tag) || known.includes('*');
}
