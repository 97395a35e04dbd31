import type { Bootstrap } from '../access/bootstrap.ts';
import type { Connection } from '../db/database.ts';

/** What the first process of all tells each that it starts, in the environment. */
export interface Membership {
  /** From 1 on; the one that takes the place of one that died has its number. */
  readonly number: number;
  /** The embedded PostgreSQL that the first process runs; absent with `DATABASE_URL`. */
  readonly database?: Connection;
  /** Started when no other process could reach the database: whatever is leased is a dead one's. */
  readonly isAlone: boolean;
}

/** The name in the environment. It is no setting. */
export const membershipName = 'CREDENCE_MEMBERSHIP';

export interface Ready {
  readonly kind: 'ready';
  readonly url: string;
  readonly bootstrap: Bootstrap;
}

/** A process was asked for metrics and wants those of the others; or is asked for its own. */
export interface MetricsQuestion {
  readonly kind: 'metrics-question';
  readonly id: number;
}

export interface MetricsAnswer {
  readonly kind: 'metrics-answer';
  readonly id: number;
  readonly texts: readonly MetricsText[];
}

/** The metrics of one process. */
export interface MetricsText {
  readonly process: number;
  readonly text: string;
}

export type FromMember = Ready | MetricsQuestion | MetricsAnswer;
export type ToMember = MetricsQuestion | MetricsAnswer;
