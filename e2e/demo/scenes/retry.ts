import { createHash } from 'node:crypto';
import type { Arrival } from '../receiver.ts';
import type { Scene } from '../stage.ts';
import { paint, shortened } from '../terminal.ts';
import { measureWait, seconds } from '../waits.ts';
import type { World } from '../world.ts';

export const title = 'A receiver that fails is tried again, on time';
export const introduction =
  'The receiver answers 500 twice. By default there are eight retries over five days, waiting 3 s and then ' +
  '66 s; so that you need not wait, this webhook has 3 s and 3 s, and it began together with the scenes above. ' +
  'Made and Left are the headers Persona-Webhook-Attempts-Made and -Left.';

const waitsSeconds = [3, 3] as const;

export async function play(world: World, scene: Scene): Promise<void> {
  const { receiver } = await world.subscribe(
    ['inquiry.approved'],
    { 'retry-policy': { waits: waitsSeconds, 'success-statuses': [200] } },
    { handle: (_event, attempt) => failAt(attempt) },
  );
  const { data } = await world.inquiries.create('customer-5');
  await world.inquiries.move(data.id, 'approve');

  const first = await receiver.delivery(1, 'inquiry.approved');
  scene.detail(paint('dim', `${columns.map(([heading]) => heading).join('')}wait (planned)`));
  scene.fact(row(first, ''), first.atMs);
  let previous = first;
  for (const [index, waitSeconds] of waitsSeconds.entries()) {
    const next = await receiver.delivery(index + 2, `retry ${String(index + 1)} of inquiry.approved`);
    const plannedMs = waitSeconds * 1000;
    const measuredMs = measureWait(world, scene, { first: previous, second: next, plannedMs });
    scene.fact(row(next, `${seconds(measuredMs, 3)} (${seconds(plannedMs)})`), next.atMs);
    previous = next;
  }
  check(scene, receiver.deliveries);
}

function failAt(attempt: number): void {
  if (attempt <= waitsSeconds.length) throw new Error('out of order');
}

function check(scene: Scene, arrivals: readonly Arrival[]): void {
  const counts = arrivals.map(({ headers }) => `${made(headers)}/${left(headers)}`).join(' ');
  scene.expect(`Attempts-Made/-Left count 1/2 2/1 3/0 (they are ${counts})`, counts === '1/2 2/1 3/0');
  scene.expect('500, 500, 200', arrivals.map(({ reception }) => reception.status).join() === '500,500,200');
  const bodies = new Set(arrivals.map(hashOf));
  const signatures = new Set(arrivals.map((arrival) => signatureOf(arrival).v1));
  const times = new Set(arrivals.map((arrival) => signatureOf(arrival).t));
  scene.conclude(
    'on time; three times the same bytes, each time signed anew',
    bodies.size === 1 && signatures.size === 3 && times.size === 3,
  );
}

/** Headings as wide as their columns. */
const columns = [
  ['Made  ', ({ headers }: Arrival) => made(headers)],
  ['Left  ', ({ headers }: Arrival) => left(headers)],
  ['Persona-Signature      ', signatureCell],
  ['SHA-256  ', (arrival: Arrival) => shortened(hashOf(arrival), 6)],
  ['answer  ', ({ reception }: Arrival) => String(reception.status)],
] as const;

function row(arrival: Arrival, wait: string): string {
  return columns.map(([heading, cell]) => cell(arrival).padEnd(heading.length)).join('') + wait;
}

function signatureCell(arrival: Arrival): string {
  const { t, v1 } = signatureOf(arrival);
  return `t=${t},v1=${shortened(v1, 4)}`;
}

function made(headers: Arrival['headers']): string {
  return String(headers['persona-webhook-attempts-made']);
}

function left(headers: Arrival['headers']): string {
  return String(headers['persona-webhook-attempts-left']);
}

function signatureOf({ headers }: Arrival): { readonly t: string; readonly v1: string } {
  const [, t = '?', v1 = '?'] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['persona-signature'])) ?? [];
  return { t, v1 };
}

function hashOf({ body }: Arrival): string {
  return createHash('sha256').update(body).digest('hex');
}
