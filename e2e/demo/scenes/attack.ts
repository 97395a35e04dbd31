import { createHmac, randomUUID } from 'node:crypto';
import { attackerHeader, type Arrival, type Receiver } from '../receiver.ts';
import type { Scene } from '../stage.ts';
import { paint } from '../terminal.ts';

export const title = 'What an attacker gets';
export const introduction =
  'Somebody has recorded a genuine inquiry.completed, knows the address of the first receiver, and tries to ' +
  'have the person approved. The answers are those of the receiver kit, @credence/receiver.';

interface Attempt {
  readonly says: string;
  readonly body: Buffer;
  readonly signature: string | undefined;
  readonly answer: string;
}

export async function play(receiver: Receiver, scene: Scene): Promise<void> {
  const recorded = receiver.deliveries.find(({ reception }) => isCompleted(reception));
  if (recorded === undefined) throw new Error('there is no recorded inquiry.completed to attack with');
  const handledBefore = receiver.handled.length;
  for (const attempt of attemptsWith(recorded, receiver.secret)) {
    const answer = await post(receiver.url, attempt);
    scene.fact(`${attempt.says.padEnd(34)} → ${paint('bold', answer)}`);
    scene.expect(`"${attempt.says}" is answered ${attempt.answer}`, answer === attempt.answer);
  }
  scene.conclude(
    'none of it reached the code that handles events',
    receiver.handled.length === handledBefore,
  );
}

function attemptsWith(recorded: Arrival, secret: string): readonly Attempt[] {
  const genuine = recorded.body;
  const forged = Buffer.from(genuine.toString().replaceAll('completed"', 'approved"'));
  const signature = String(recorded.headers['persona-signature']);
  const nowSeconds = Math.floor(Date.now() / 1000);
  const mismatch = '401 signature_mismatch';
  return [
    { says: 'changed from completed to approved', body: forged, signature, answer: mismatch },
    {
      says: 'the same, with a guessed secret',
      body: forged,
      signature: sign(forged, nowSeconds, `wbhsec_${randomUUID()}`),
      answer: mismatch,
    },
    {
      says: 'the same, without a signature',
      body: forged,
      signature: undefined,
      answer: '401 header_missing',
    },
    {
      says: 'unchanged, ten minutes later',
      body: genuine,
      // Byte for byte what the server would have sent ten minutes ago.
      signature: sign(genuine, nowSeconds - 600, secret),
      answer: '401 timestamp_outside_tolerance',
    },
    { says: 'unchanged, at once', body: genuine, signature, answer: '200 duplicate' },
  ];
}

async function post(url: string, { body, signature }: Attempt): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [attackerHeader]: 'yes',
      ...(signature === undefined ? {} : { 'persona-signature': signature }),
    },
    body,
  });
  return `${String(response.status)} ${await response.text()}`;
}

function sign(body: Buffer, t: number, secret: string): string {
  const v1 = createHmac('sha256', secret)
    .update(`${String(t)}.`)
    .update(body)
    .digest('hex');
  return `t=${String(t)},v1=${v1}`;
}

function isCompleted(reception: Arrival['reception']): boolean {
  return reception.outcome === 'handled' && reception.event.name === 'inquiry.completed';
}
