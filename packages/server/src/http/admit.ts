import { limits } from '@credence/contract';
import { requireAddress } from '../access/admission.ts';
import { createAuthenticate } from '../access/authenticate.ts';
import type { KeyUses } from '../access/key-uses.ts';
import type { Allowances } from '../allowance/allowances.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { identify, type Call } from './call.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';

export interface Gatekeeping {
  readonly ctx: Context;
  readonly allowances: Allowances;
  readonly trustedProxies: TrustedProxies;
  readonly keyUses: KeyUses;
}

/**
 * Finds out who asks, and whether they may: by a key that is valid, within the rate limit and from an address that the
 * key may be used from. Throws a refusal. What the key may do is asked of the route.
 */
export function createAdmission({ ctx, allowances, trustedProxies, keyUses }: Gatekeeping) {
  const authenticate = createAuthenticate(ctx.db, ctx.clock);
  const { api } = allowances;
  return async (call: Call): Promise<void> => {
    if (call.req.url.length > limits.uriLength) {
      throw new Refusal('uri_too_long', {
        details: `The URL must have at most ${String(limits.uriLength)} characters.`,
      });
    }
    const key = await authenticate(call.req.header('authorization'));
    call.set('key', key);
    call.set('clientAddress', clientAddress(call.env.incoming, trustedProxies));
    call.set('limit', await api.take(key.environmentId));
    if (call.get('limit').isExceeded) {
      const details = `The limit is ${String(api.limit)} requests / min for an environment.`;
      throw new Refusal('rate_limited', { details });
    }
    requireAddress(key, call.get('clientAddress'));
    keyUses.note(key);
    identify(call);
  };
}
