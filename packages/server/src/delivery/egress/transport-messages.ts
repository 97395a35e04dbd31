import type { PostOutcome } from '../outcome.ts';
import type { Source } from './sources.ts';
import type { PostRequest } from './transport.ts';

/** A post, and the number under which its outcome comes back. */
export interface NumberedPost {
  readonly number: number;
  readonly request: PostRequest;
}

/**
 * Many posts in one message, part by part: objects would be copied with the name of each part. Bodies lie one after
 * the other in memory that is handed over and not copied; one that several posts share is there once.
 */
export interface PostsMessage {
  readonly kind: 'posts';
  readonly numbers: readonly number[];
  readonly keys: readonly string[];
  readonly urls: readonly string[];
  readonly headers: readonly (readonly string[])[];
  readonly bodyStarts: readonly number[];
  readonly bodyEnds: readonly number[];
  readonly timeoutsMs: readonly number[];
  readonly connections: readonly (number | undefined)[];
  readonly elsewhere: readonly (number | undefined)[];
  readonly patiencesMs: readonly (number | undefined)[];
  /** By the machine's clock: see `machineMs`. */
  readonly handedOverMs: number;
  readonly sources: readonly (Source | undefined)[];
  readonly bodies: Uint8Array<ArrayBuffer>;
}

export interface CloseMessage {
  readonly kind: 'close';
  readonly graceMs: number;
}

export type ToThread = PostsMessage | CloseMessage;

export interface OutcomesMessage {
  readonly kind: 'outcomes';
  /** For each that is plain: number, status, `firstByte`, `total`. */
  readonly plain: Float64Array;
  readonly others: readonly (readonly [number, PostOutcome])[];
  /** Posts that rejected, which is a bug, and what was said. */
  readonly broken: readonly (readonly [number, string])[];
}

export interface ClosedMessage {
  readonly kind: 'closed';
}

export type FromThread = OutcomesMessage | ClosedMessage;

export function postsMessage(posts: readonly NumberedPost[]): PostsMessage {
  const requests = posts.map(({ request }) => request);
  const starts = new Map<Uint8Array, number>();
  let length = 0;
  for (const { body } of requests) {
    if (starts.has(body)) continue;
    starts.set(body, length);
    length += body.length;
  }
  const bodies = new Uint8Array(length);
  for (const [body, start] of starts) bodies.set(body, start);
  const startOf = ({ body }: PostRequest): number => starts.get(body) ?? 0;
  return {
    kind: 'posts',
    numbers: posts.map(({ number }) => number),
    keys: requests.map(({ key }) => key),
    urls: requests.map(({ url }) => url.href),
    headers: requests.map(({ headers }) => headers),
    bodyStarts: requests.map(startOf),
    bodyEnds: requests.map((request) => startOf(request) + request.body.length),
    timeoutsMs: requests.map(({ timeoutMs }) => timeoutMs),
    connections: requests.map(({ connections }) => connections),
    elsewhere: requests.map(({ elsewhere }) => elsewhere),
    patiencesMs: requests.map(({ patienceMs }) => patienceMs),
    handedOverMs: machineMs(),
    sources: requests.map(({ source }) => source),
    bodies,
  };
}

/**
 * What a post has waited for on its way is taken off its patience: a process that was stopped in between sends nothing of
 * what it meant to send before.
 * @param urlOf reads a URL, which costs as much as all the rest where it is not remembered
 */
export function postsOf(message: PostsMessage, urlOf: (href: string) => URL): NumberedPost[] {
  const wayMs = machineMs() - message.handedOverMs;
  return message.numbers.map((number, index) => {
    const connections = message.connections[index];
    const elsewhere = message.elsewhere[index];
    const patienceMs = message.patiencesMs[index];
    const source = message.sources[index];
    return {
      number,
      request: {
        key: message.keys[index] ?? '',
        url: urlOf(message.urls[index] ?? ''),
        headers: message.headers[index] ?? [],
        // Copied: one that hangs would keep the bodies of all that came with it.
        body: Buffer.from(message.bodies.subarray(message.bodyStarts[index], message.bodyEnds[index])),
        timeoutMs: message.timeoutsMs[index] ?? 0,
        ...(connections === undefined ? {} : { connections }),
        ...(elsewhere === undefined ? {} : { elsewhere }),
        ...(patienceMs === undefined ? {} : { patienceMs: patienceMs - wayMs }),
        ...(source === undefined ? {} : { source }),
      },
    };
  });
}

/** What became of a post: an outcome, or what was said by an error that is a bug. */
export type Ended =
  | { readonly number: number; readonly outcome: PostOutcome }
  | { readonly number: number; readonly problem: string };

export function outcomesMessage(ends: readonly Ended[]): OutcomesMessage {
  const plain: number[] = [];
  const others: [number, PostOutcome][] = [];
  const broken: [number, string][] = [];
  for (const end of ends) {
    if ('problem' in end) broken.push([end.number, end.problem]);
    else if (!addPlain(plain, end.number, end.outcome)) others.push([end.number, end.outcome]);
  }
  return { kind: 'outcomes', plain: Float64Array.from(plain), others, broken };
}

/** Nearly all: an answer without a body, on a connection that was there. */
function addPlain(plain: number[], number: number, outcome: PostOutcome): boolean {
  if (outcome.kind !== 'answered' || outcome.answer !== '' || outcome.retryAfter !== undefined) return false;
  const { resolve, proxy, connect, tls, firstByte, total } = outcome.timings;
  if (resolve !== undefined || proxy !== undefined || connect !== undefined || tls !== undefined)
    return false;
  if (firstByte === undefined) return false;
  plain.push(number, outcome.status, firstByte, total);
  return true;
}

const numbersOfPlain = 4;

export function endsOf({ plain, others, broken }: OutcomesMessage): Ended[] {
  const ends: Ended[] = [];
  for (let at = 0; at < plain.length; at += numbersOfPlain) {
    const timings = { firstByte: plain[at + 2] ?? 0, total: plain[at + 3] ?? 0 };
    const status = plain[at + 1] ?? 0;
    ends.push({
      number: plain[at] ?? 0,
      outcome: { kind: 'answered', status, retryAfter: undefined, timings, answer: '' },
    });
  }
  for (const [number, outcome] of others) ends.push({ number, outcome });
  for (const [number, problem] of broken) ends.push({ number, problem });
  return ends;
}

/** Milliseconds by the machine's monotonic clock, which all threads share; `performance.now` has a start in each. */
function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
