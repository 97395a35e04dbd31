import type { JsonObject } from '@credence/receiver';
import { at } from '../api.ts';
import { person, personalValuesIn } from '../person.ts';
import type { Arrival } from '../receiver.ts';
import type { Scene } from '../stage.ts';
import { sideBySide } from '../terminal.ts';
import type { World } from '../world.ts';

export const title = 'Personal data is sent only to those who ask for it';
export const introduction =
  'Two webhooks get the same event. The left one is as every webhook is made: it discloses nothing personal. ' +
  'The right one asks for the first name, in disclosed-attributes. Both learn that the inquiry is completed.';

export async function play(world: World, scene: Scene): Promise<void> {
  const [plain, named] = await Promise.all([
    world.subscribe(['inquiry.completed']),
    world.subscribe(['inquiry.completed'], { 'disclosed-attributes': ['name-first'] }),
  ]);
  const { data } = await world.inquiries.create('customer-2');
  await world.inquiries.simulate(data.id, 'complete');
  const [left, right] = await Promise.all([
    plain.receiver.delivery(1, 'inquiry.completed'),
    named.receiver.delivery(1, 'inquiry.completed'),
  ]);

  scene.fact('inquiry.completed arrives at both: disclosed-attributes and body', right.atMs);
  scene.write('');
  const columns = sideBySide(
    ['[], the default', '', ...excerpt(left)],
    ['["name-first"]', '', ...excerpt(right)],
  );
  for (const line of columns) scene.detail(line);
  scene.write('');
  scene.expect('both bodies are of one event', idOf(left) === idOf(right) && idOf(left) !== undefined);
  scene.expect('both are verified and handled', isHandled(left) && isHandled(right));
  scene.conclude(
    'left: nothing of the person; right: the first name and no more',
    personalValuesIn(left.body.toString()).length === 0 &&
      personalValuesIn(right.body.toString()).join() === person['name-first'],
  );
}

/** Of the body, what tells the two apart. */
function excerpt({ body }: Arrival): string[] {
  const inquiry = at(parse(body), 'data', 'attributes', 'payload', 'data', 'attributes');
  const shown = {
    status: at(inquiry, 'status'),
    'reference-id': at(inquiry, 'reference-id'),
    fields: at(inquiry, 'fields'),
  };
  return JSON.stringify(shown, null, 2).split('\n');
}

function idOf({ reception }: Arrival): string | undefined {
  return reception.outcome === 'refused' ? undefined : reception.event.id;
}

function isHandled({ reception }: Arrival): boolean {
  return reception.outcome === 'handled';
}

function parse(body: Buffer): JsonObject {
  // The kit has parsed it before, and refuses what is not an object.
  return JSON.parse(body.toString()) as JsonObject;
}
