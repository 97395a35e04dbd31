import type { JsonValue } from '@credence/receiver';
import { at } from '../api.ts';
import { person, personalValuesIn } from '../person.ts';
import type { Arrival } from '../receiver.ts';
import { searchFiles } from '../search-files.ts';
import type { Scene } from '../stage.ts';
import { paint } from '../terminal.ts';
import { showWait } from '../waits.ts';
import type { World } from '../world.ts';

export const title = 'A person is forgotten';
export const introduction =
  'This webhook discloses everything, and its receiver is busy: it answers 500. Before the retry, 3 s later, ' +
  'the person asks to be forgotten. One call destroys the key that all values are sealed with.';

const waitSeconds = 3;

export async function play(world: World, scene: Scene): Promise<void> {
  const { receiver } = await world.subscribe(
    ['inquiry.expired'],
    { 'disclosed-attributes': ['*'], 'retry-policy': { waits: [waitSeconds], 'success-statuses': [200] } },
    { handle: (_event, attempt) => busyAt(attempt) },
  );
  const { data } = await world.inquiries.create('customer-4');
  await world.inquiries.move(data.id, 'expire');

  const first = await receiver.delivery(1, 'inquiry.expired');
  scene.fact(`attempt 1 shows ${namesIn(first)} → 500`, first.atMs);
  scene.expect('the first attempt has all values', personalValuesIn(first.body.toString()).length === 3);

  const redacted = await world.api.call('DELETE', `/inquiries/${data.id}`);
  scene.fact(`${paint('bold', 'DELETE /inquiries/…')} → ${String(redacted.status)}`, redacted.answeredAtMs);
  scene.detail(`inquiry    ${fieldValues(redacted.data.attributes['fields'])}`);
  scene.expect(
    'the inquiry says when it was redacted',
    typeof redacted.data.attributes['redacted-at'] === 'string',
  );
  scene.expect('the inquiry has no value left', personalValuesIn(redacted.text).length === 0);

  await showEvent(world, scene, first);
  await showDatabase(world, scene, data.id);

  const second = await receiver.delivery(2, 'the retry of inquiry.expired');
  scene.fact(`attempt 2 shows ${namesIn(second)} → 200`, second.atMs);
  showWait(world, scene, { first, second, plannedMs: waitSeconds * 1000 });
  scene.conclude(
    'the delivery that was waiting has lost the values, too',
    second.reception.outcome === 'handled' && personalValuesIn(second.body.toString()).length === 0,
  );
}

async function showEvent(world: World, scene: Scene, { reception }: Arrival): Promise<void> {
  if (reception.outcome === 'refused') throw new Error(`the first attempt was refused: ${reception.message}`);
  const { text, data } = await world.api.call('GET', `/events/${reception.event.id}`);
  const fields = at(data.attributes, 'payload', 'data', 'attributes', 'fields');
  scene.detail(`event      ${fieldValues(fields)}`);
  scene.expect('the event shows no value', personalValuesIn(text).length === 0);
}

/** The search proves itself: it must find what is there in clear, the id. */
async function showDatabase(world: World, scene: Scene, inquiryId: string): Promise<void> {
  const values = Object.values(person);
  const { bytes, found } = await searchFiles(world.dataDir, [inquiryId, ...values]);
  const [ids = 0, ...ofValues] = found;
  const times = ofValues.reduce((sum, count) => sum + count, 0);
  scene.detail(
    `database   ${(bytes / 1e6).toFixed(0)} MB of files searched for the three values: ${String(times)} found`,
  );
  scene.detail(`           (to prove the search, for the id: ${String(ids)} found)`);
  scene.expect(
    'no value is in the database files in clear',
    ofValues.every((count) => count === 0),
  );
  scene.expect("the search finds the inquiry's id, which is there in clear", ids > 0);
}

function busyAt(attempt: number): void {
  if (attempt === 1) throw new Error('busy');
}

function namesIn({ body }: Arrival): string {
  const values = personalValuesIn(body.toString());
  return values.length === 0 ? 'no personal value' : values.join(', ');
}

/** Absent where the API key discloses nothing, as the demo's; null where there was a value. */
function fieldValues(fields: JsonValue | undefined): string {
  const shown = Object.keys(person)
    .filter((name) => at(fields, name) !== undefined)
    .map((name) => `${name}: ${JSON.stringify(at(fields, name, 'value'))}`);
  return shown.length === 0 ? 'no fields: this API key may see nothing personal' : shown.join(', ');
}
