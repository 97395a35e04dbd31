/** All that the siege knows at its end. Moments are milliseconds of `nowMs` in time.ts. */
export interface History {
  readonly webhooks: readonly WebhookHistory[];
  readonly requests: readonly RequestHistory[];
  readonly receipts: readonly Receipt[];
  readonly actions: readonly ActionHistory[];
  /** What the database holds when all is over. */
  readonly events: readonly EventRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly pending: readonly PendingRow[];
  /** When the chaos began and when it ended; what came before is the peace to compare with. */
  readonly chaos: Span;
  readonly endedAtMs: number;
  /** What went wrong in the machinery itself: a node that ended by itself or did not end when told to. */
  readonly mishaps: readonly string[];
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export type Environment = 'sandbox' | 'production';
export type Status = 'enabled' | 'disabled' | 'archived';

/** `completes`: its receiver takes everything in the end. `fails`: it never takes anything. */
export type Expectation = 'completes' | 'fails' | 'either';

export interface WebhookHistory {
  readonly id: string;
  /** The last part of its URL. */
  readonly key: string;
  /** What its receiver does. */
  readonly kind: string;
  readonly environment: Environment;
  readonly expectation: Expectation;
  /** Its receiver answers at once: latency is measured here. */
  readonly isFast: boolean;
  readonly enabledEvents: readonly string[];
  /** That its retry policy allows. */
  readonly attempts: number;
  /** It is born disabled. */
  readonly changes: readonly StatusChange[];
  /** Oldest first. */
  readonly secrets: readonly SecretHistory[];
}

/** Asked for at `sentAtMs`, surely so from `doneAtMs` on. */
export interface StatusChange extends Asked {
  readonly to: Status;
}

export interface Asked {
  readonly sentAtMs: number;
  readonly doneAtMs: number;
}

export interface SecretHistory extends Asked {
  readonly value: string;
}

/** One request that makes events. */
export interface RequestHistory {
  readonly environment: Environment;
  readonly sentAtMs: number;
  /** undefined: no answer, or one that promises nothing. It may have happened or not. */
  readonly ackedAtMs: number | undefined;
  /** What it makes: events found by their own mark, or by their name and what they are about. */
  readonly makes: readonly EventMark[];
}

export type EventMark =
  | { readonly ref: string; readonly id?: string | undefined }
  | { readonly name: string; readonly objectId: string };

export interface EventRow {
  readonly environment: Environment;
  readonly id: string;
  readonly name: string;
  readonly objectId: string | null;
  /** The mark that the load put into the payload of an event of its own. */
  readonly ref: string | null;
}

export interface DeliveryRow {
  readonly id: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly status: string;
  readonly reason: string;
  readonly attemptsMade: number;
}

export interface PendingRow {
  readonly eventId: string;
  readonly webhookId: string;
}

/** One request, as its receiver wrote it down. */
export interface Receipt {
  /** Of the webhook, from the URL. */
  readonly key: string;
  readonly atMs: number;
  /** When its attempt began, by the signature's `t`, which has whole seconds: up to a second too early. */
  readonly signedAtMs: number;
  readonly eventId: string | undefined;
  /** The environment that the load wrote into the payload of an event of its own. */
  readonly environment: string | undefined;
  readonly attempt: number | undefined;
  /** Why the kit refuses the signature; undefined where it verifies. */
  readonly refusal: string | undefined;
  /** Which of the webhook's secrets it is signed with, oldest first. */
  readonly secrets: readonly number[];
  /** The status that it was answered with, if the answer was sent in full. */
  readonly answered: number | undefined;
}

export interface ActionHistory extends Span {
  readonly kind: ActionKind;
  /** `node 2`, `postgres` */
  readonly target: string;
}

export type ActionKind =
  'node.kill' | 'node.pause' | 'node.stop' | 'postgres.kill' | 'postgres.pause' | 'postgres.restart';
