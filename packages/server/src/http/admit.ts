import { limits } from '@credence/contract';
import { requireAddress } from '../access/admission.ts';
import { createAuthenticate } from '../access/authenticate.ts';
import type { KeyUses } from '../access/key-uses.ts';
import type { Allowances } from '../allowance/allowances.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../refusal.ts';
import type { Asker, Call } from './call.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';

export interface Gatekeeping {
  readonly ctx: Context;
  readonly allowances: Allowances;
  readonly trustedProxies: TrustedProxies;
  readonly keyUses: KeyUses;
}

/**
 * Finds out who asks, and whether they may: by a key that is valid, within the rate limit and from an address that the
 * key may be used from. Throws a refusal; `asker` of the call is known from then on, where the key is valid. What the
 * key may do is asked of the route.
 */
export function createAdmission({ ctx, allowances, trustedProxies, keyUses }: Gatekeeping) {
  const authenticate = createAuthenticate(ctx.db, ctx.clock);
  const { api } = allowances;
  return async (call: Call): Promise<Asker> => {
    if (urlLength(call) > limits.uriLength) {
      throw new Refusal('uri_too_long', {
        details: `The URL must have at most ${String(limits.uriLength)} characters.`,
      });
    }
    const key = await authenticate(call.header('authorization'));
    const address = clientAddress(call.incoming, trustedProxies);
    const standing = api.take(key.environmentId);
    const limit = standing instanceof Promise ? await standing : standing;
    const asker = { key, clientAddress: address, limit };
    call.asker = asker;
    if (limit.isExceeded) {
      const details = `The limit is ${String(api.limit)} requests / min for an environment.`;
      throw new Refusal('rate_limited', { details });
    }
    requireAddress(key, address);
    keyUses.note(key);
    return asker;
  };
}

/** Of the whole URL, host included. */
function urlLength({ incoming }: Call): number {
  return 'http://'.length + (incoming.headers.host ?? 'localhost').length + (incoming.url ?? '').length;
}
