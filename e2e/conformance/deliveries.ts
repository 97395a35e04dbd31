import { verifySignature } from '@credence/receiver';
import type { AnyJson } from '@credence/server/internals/testing/persona-openapi';
import type { Delivery } from './mailbox.ts';
import type { World } from './world.ts';

/** What was delivered of one kind of event. */
export interface DeliveredKind {
  readonly name: string;
  readonly count: number;
  readonly problems: readonly string[];
}

const arrivalLimitMs = 15_000;

/** Waits until every event has reached both webhooks, and holds all that came against the document. */
export async function judgeDeliveries(world: World): Promise<DeliveredKind[]> {
  const events = await countEvents(world);
  await world.mailbox.waitFor(events * world.secrets.size, arrivalLimitMs);
  const kinds = new Map<string, { count: number; problems: Set<string> }>();
  for (const delivery of world.mailbox.deliveries) {
    const json: AnyJson = JSON.parse(delivery.body.toString());
    const { name } = json.data.attributes;
    const kind = kinds.get(name) ?? { count: 0, problems: new Set() };
    kind.count += 1;
    for (const problem of [
      ...signatureProblems(world, delivery),
      ...world.validator.eventProblems(json, delivery.headers),
    ]) {
      kind.problems.add(problem);
    }
    kinds.set(name, kind);
  }
  return [...kinds].map(([name, { count, problems }]) => ({ name, count, problems: [...problems] }));
}

async function countEvents(world: World): Promise<number> {
  let count = 0;
  let path: string | undefined = '/events?page[size]=100';
  while (path !== undefined) {
    const { json } = await world.exchange('plain', { method: 'GET', path });
    count += Number(json.data.length);
    path = json.links.next?.replace('/api/v1', '');
  }
  return count;
}

function signatureProblems({ secrets }: World, { box, headers, body }: Delivery): string[] {
  const header = headers['persona-signature'];
  const verification = verifySignature({ header, rawBody: body, secret: secrets.get(box) ?? '' });
  return verification.ok ? [] : [`The signature is not right: ${verification.code}`];
}
