import type { Environment, Expectation } from './history.ts';

/** What a receiver does with a request, or with the connection before there is one. */
export type Behaviour =
  | 'fast'
  | 'slow'
  | 'hang-before-headers'
  | 'hang-in-body'
  | 'endless-body'
  | 'reset-before-reading'
  | 'reset-after-reading'
  | 'garbage'
  | 'redirect'
  | 'throttling'
  | 'recovering'
  | 'flaky'
  | 'handshake-reset';

export type CertificateName = 'trusted' | 'misnamed' | 'expired' | 'selfSigned';

/** A receiver, and the webhook that posts to it. */
export interface Member {
  /** Also the last part of its URL. */
  readonly key: string;
  readonly environment: Environment;
  readonly behaviour: Behaviour;
  /** With one, it speaks TLS. Production environments demand it. */
  readonly certificate?: CertificateName;
  readonly expectation: Expectation;
  readonly enabledEvents: readonly string[];
  readonly waits: readonly number[];
  readonly timeoutMs: number;
}

export const eventNames = { common: 'custom.siege.common', rare: 'custom.siege.rare' } as const;

/** Those that never take anything get little: each delivery to them costs a time-out or three. */
const few = [eventNames.rare];
const some = [eventNames.rare, 'inquiry.approved'];
const all = ['*'];

const patience = [1, 2, 3, 5, 8];
const little = [1, 2];

/** Where nothing of the siege may ever arrive: a redirect leads there. */
export const trapKey = 'trap';

export const crowd: readonly Member[] = [
  completes('sandbox', 'fast', all, 'fast-1'),
  completes('sandbox', 'fast', all, 'fast-2'),
  completes('sandbox', 'slow', some),
  completes('sandbox', 'throttling', some),
  { ...completes('sandbox', 'recovering', some), expectation: 'either' },
  { ...completes('sandbox', 'flaky', some), expectation: 'either', timeoutMs: 700 },
  fails('sandbox', 'hang-before-headers'),
  fails('sandbox', 'hang-in-body'),
  fails('sandbox', 'endless-body'),
  fails('sandbox', 'reset-before-reading'),
  fails('sandbox', 'reset-after-reading'),
  fails('sandbox', 'garbage'),
  fails('sandbox', 'redirect'),
  { ...completes('production', 'fast', all, 'tls-fast'), certificate: 'trusted' },
  { ...completes('production', 'slow', some, 'tls-slow'), certificate: 'trusted' },
  { ...fails('production', 'fast', 'tls-other-name'), certificate: 'misnamed' },
  { ...fails('production', 'fast', 'tls-expired'), certificate: 'expired' },
  { ...fails('production', 'fast', 'tls-self-signed'), certificate: 'selfSigned' },
  { ...fails('production', 'handshake-reset', 'tls-reset'), certificate: 'trusted' },
];

/** Whose webhooks are made, disabled, enabled, rotated and archived while the siege goes on. */
export const changing: readonly Member[] = [
  completes('sandbox', 'fast', all, 'changing'),
  { ...completes('production', 'fast', all, 'tls-changing'), certificate: 'trusted' },
];

function completes(
  environment: Environment,
  behaviour: Behaviour,
  enabledEvents: readonly string[],
  key: string = behaviour,
): Member {
  const expectation = 'completes';
  return { key, environment, behaviour, expectation, enabledEvents, waits: patience, timeoutMs: 5_000 };
}

function fails(environment: Environment, behaviour: Behaviour, key: string = behaviour): Member {
  const expectation = 'fails';
  return { key, environment, behaviour, expectation, enabledEvents: few, waits: little, timeoutMs: 500 };
}
