import type { Answer } from '../api.ts';
import type { Arrival, Receiver } from '../receiver.ts';
import type { Scene } from '../stage.ts';
import { paint } from '../terminal.ts';
import type { World } from '../world.ts';

export const title = 'An inquiry is approved';
export const introduction =
  'A person is checked: government ID, selfie, decision. Every change is an event, and every event is posted ' +
  'to a receiver, which verifies its signature. The last column says how long after the answer of the API the ' +
  'event was there; with a minus, how long before. No order is promised: every event carries its time.';

interface Step {
  readonly says: string;
  readonly act: (inquiryId: string) => Promise<Answer>;
  /** At least these; no order is promised. */
  readonly events: readonly string[];
}

/** Returns the receiver, for whoever wants to attack it. */
export async function play(world: World, scene: Scene): Promise<Receiver> {
  const { receiver, webhookId } = await world.subscribe(['*']);
  let inquiryId = '';
  for (const step of stepsOf(world)) inquiryId = await show(scene, receiver, step, inquiryId);

  const recorded = await world.api.eventIds();
  const arrived = new Set(receiver.handled.map(({ id }) => id));
  scene.conclude(
    `${String(recorded.length)} events recorded, ${String(arrived.size)} received, each once and verified`,
    recorded.length === receiver.arrivals.length && recorded.every((id) => arrived.has(id)),
  );
  // The other scenes have receivers of their own.
  await world.api.call('POST', `/webhooks/${webhookId}/disable`);
  return receiver;
}

const verified = ['verification.created', 'verification.submitted', 'verification.passed'];

function stepsOf({ inquiries }: World): readonly Step[] {
  return [
    {
      says: 'The application creates an inquiry: POST /inquiries',
      act: () => inquiries.create('customer-1'),
      events: ['account.created', 'inquiry.created'],
    },
    {
      says: 'The person shows a driving licence (simulated)',
      act: (id) => inquiries.simulate(id, 'government-id'),
      events: [
        'inquiry.started',
        'document.created',
        'document.submitted',
        'document.processed',
        ...verified,
      ],
    },
    {
      says: 'The person takes a selfie (simulated)',
      act: (id) => inquiries.simulate(id, 'selfie'),
      events: ['selfie.created', 'selfie.submitted', 'selfie.processed', ...verified],
    },
    {
      says: 'The person is done (simulated)',
      act: (id) => inquiries.simulate(id, 'complete'),
      events: ['inquiry.completed'],
    },
    {
      says: 'A reviewer decides: POST /inquiries/…/approve',
      act: (id) => inquiries.move(id, 'approve'),
      events: ['inquiry.approved'],
    },
  ];
}

async function show(scene: Scene, receiver: Receiver, step: Step, inquiryId: string): Promise<string> {
  const before = receiver.arrivals.length;
  const { answeredAtMs, status, data } = await step.act(inquiryId);
  scene.fact(`${paint('bold', step.says)} → ${String(status)}`, answeredAtMs);
  const arrived = () => receiver.arrivals.slice(before).toSorted((one, other) => one.atMs - other.atMs);
  await receiver.until(step.events.join(', '), () => isEach(step.events, arrived().map(nameOf)));
  for (const arrival of arrived()) {
    scene.fact(eventLine(arrival, answeredAtMs), arrival.atMs);
    scene.expect(
      `${nameOf(arrival)} is handled at the first attempt`,
      arrival.reception.outcome === 'handled',
    );
  }
  return data.id;
}

/** As often as it is expected, since a verification is created twice. */
function isEach(expected: readonly string[], found: readonly string[]): boolean {
  const left = [...found];
  return expected.every((name) => left.includes(name) && left.splice(left.indexOf(name), 1));
}

function eventLine(arrival: Arrival, answeredAtMs: number): string {
  const { reception } = arrival;
  if (reception.outcome === 'refused') return `refused: ${reception.message}`;
  const { attemptsMade, attemptsLeft } = reception.delivery;
  const all = (attemptsMade ?? 0) + (attemptsLeft ?? 0);
  const attempt = `attempt ${String(attemptsMade)} of ${String(all)}`;
  const afterMs = Math.round(arrival.atMs - answeredAtMs);
  const delay = `${afterMs < 0 ? '−' : '+'}${String(Math.abs(afterMs))} ms`.padStart(7);
  return [`  ${nameOf(arrival).padEnd(22)}`, attempt, paint('green', '✓ verified'), delay].join('   ');
}

function nameOf({ reception }: Arrival): string {
  return reception.outcome === 'refused' ? '?' : reception.event.name;
}
