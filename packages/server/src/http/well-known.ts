import type { Context as HonoContext } from 'hono';
import type { Context } from '../context.ts';
import { readEgressAddresses } from '../db/queries/egress-addresses.ts';

export const egressAddressesPath = '/.well-known/egress-addresses.json';

/** The list for machines, without authentication: receivers keep their allowlists by it. */
export async function egressAddresses({ db }: Pick<Context, 'db'>, call: HonoContext): Promise<Response> {
  const { version, changedAt, regions } = await readEgressAddresses(db);
  // The time beside the version, so that a database made anew says something else.
  const tag = `"${String(version)}-${changedAt.getTime().toString(36)}"`;
  call.header('ETag', tag);
  call.header('Cache-Control', 'public, max-age=300');
  if (isKnown(call.req.header('if-none-match'), tag)) return call.body(null, 304);
  return call.json({ version, 'changed-at': changedAt.toISOString(), regions });
}

/** Whether the client has that version already. */
export function isKnown(header: string | undefined, tag: string): boolean {
  const known = (header ?? '').split(',').map((part) => part.trim().replace(/^W\//, ''));
  return known.includes(tag) || known.includes('*');
}
