import type { PersonaValidator } from '@credence/server/internals/testing/persona-openapi';
import { requestOf } from './drive.ts';
import { ask, type Exchange } from './exchange.ts';
import { unknownIdFor, type Operation } from './generic.ts';
import { startUnderTest, type Premises } from './server.ts';
import { judge } from './world.ts';

/** Sends every operation to a server on which each is a request too many. */
export async function askTooOften(
  validator: PersonaValidator,
  premises: Premises,
  operations: readonly Operation[],
): Promise<Exchange[]> {
  await using server = await startUnderTest(premises, { CREDENCE_API_RATE_LIMIT: '1' });
  const { url } = server.running;
  const { value } = await server.makeKey({ kind: 'sandbox' });
  await ask(url, value, { method: 'GET', path: '/inquiries' });
  const exchanges: Exchange[] = [];
  for (const operation of operations) {
    const request = requestOf(operation, { id: unknownIdFor(operation) ?? '' });
    exchanges.push(judge(validator, request, await ask(url, value, request), 429));
  }
  return exchanges;
}
