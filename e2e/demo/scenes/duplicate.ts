import type { Scene } from '../stage.ts';
import { paint } from '../terminal.ts';
import { showWait } from '../waits.ts';
import type { World } from '../world.ts';

export const title = 'A duplicate is recognised';
export const introduction =
  'The receiver does its work, and the connection breaks before the answer is out. The server cannot know and ' +
  'has to send the event again; the receiver must not do its work again. This webhook waits 1 s.';

const waitSeconds = 1;

export async function play(world: World, scene: Scene): Promise<void> {
  const { receiver } = await world.subscribe(
    ['inquiry.declined'],
    { 'retry-policy': { waits: [waitSeconds], 'success-statuses': [200] } },
    { breaksAfter: (attempt) => attempt === 1 },
  );
  const { data } = await world.inquiries.create('customer-3');
  await world.inquiries.move(data.id, 'decline');

  const first = await receiver.delivery(1, 'inquiry.declined');
  scene.fact('attempt 1: inquiry.declined is verified, the account is closed', first.atMs);
  scene.fact('the connection breaks before the answer', first.answeredAtMs);
  const second = await receiver.delivery(2, 'the retry of inquiry.declined');
  const { outcome, status } = second.reception;
  scene.fact(`attempt 2: ${paint('bold', outcome)}, known by its event id → ${String(status)}`, second.atMs);
  showWait(world, scene, { first, second, plannedMs: waitSeconds * 1000 });
  scene.conclude(
    'two deliveries of one event, and the account was closed once',
    receiver.deliveries.length === 2 && receiver.handled.length === 1 && outcome === 'duplicate',
  );
}
