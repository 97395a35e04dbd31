import { personaValidator, type PersonaDocument } from '@credence/server/internals/testing/persona-openapi';
import { coverageOf, type Coverage } from './coverage.ts';
import { judgeDeliveries } from './deliveries.ts';
import { drive, type Stumble } from './drive.ts';
import type { Operation } from './generic.ts';
import { openOneTimeLink } from './open-link.ts';
import { builtOperations, operationsOf } from './operations.ts';
import { scenarios } from './scenarios/index.ts';
import type { Premises } from './server.ts';
import { askTooOften } from './too-many.ts';
import { startWorld, type World } from './world.ts';

/** Lives through everything against a real server, and holds it against Persona's document. */
export async function runConformance(document: PersonaDocument, premises: Premises): Promise<Coverage> {
  const validator = personaValidator(document);
  const operations = operationsOf(document);
  const built = builtOperations(validator);
  const served = operations.filter(({ id, name }) => scenarios[id] !== undefined && built.has(name));
  await using world = await startWorld(validator, premises);
  const stumbles = await driveAll(world, served);
  if (served.some(({ id }) => id === 'generate-a-one-time-link')) await openOneTimeLink(world);
  const delivered = await judgeDeliveries(world);
  const refused = await askTooOften(validator, premises, served);
  return coverageOf({
    operations,
    webhooks: Object.keys(document.webhooks),
    scenarios,
    built,
    exchanges: [...world.exchanges, ...refused],
    stumbles,
    delivered,
  });
}

/** A few at a time: most of it is waiting for the other side. */
async function driveAll(world: World, operations: readonly Operation[]): Promise<Stumble[]> {
  const stumbles: Stumble[] = [];
  const rest = [...operations];
  const lane = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      stumbles.push(...(await drive(world, next, scenarios[next.id] ?? {})));
    }
  };
  await Promise.all([lane(), lane(), lane()]);
  return stumbles;
}
