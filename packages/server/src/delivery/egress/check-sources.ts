import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Regions } from './regions.ts';

/** Binds a socket to each address, and lets it go. Returns a sentence for each that this machine does not have. */
export async function sourceProblems(served: Regions): Promise<string[]> {
  const all = [...served].flatMap(([region, addresses]) => addresses.map((address) => ({ region, address })));
  const problems = await Promise.all(
    all.map(async ({ region, address }) => {
      const code = await bindFailure(address);
      if (code === undefined) return [];
      return [
        `CREDENCE_EGRESS_REGIONS gives region "${region}" the source address ${address}, and this machine cannot ` +
          `send from it (${code}); CREDENCE_EGRESS_REGIONS_SERVED says which regions and addresses a node has`,
      ];
    }),
  );
  return problems.flat();
}

/** Why a socket cannot be bound to `address`, as the system's code. */
async function bindFailure(address: string): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host: address, port: 0, exclusive: true });
    await once(server, 'listening');
    server.close();
    return undefined;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  }
}
