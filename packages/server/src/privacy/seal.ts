import type { SealingKey } from './envelope.ts';

/** What keeps something sealed: a key, and whose it is. */
export interface Seal {
  readonly owner: string;
  readonly key: SealingKey;
}
