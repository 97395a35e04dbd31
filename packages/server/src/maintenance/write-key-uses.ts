import type { KeyUses } from '../access/key-uses.ts';
import type { Duty } from './duty.ts';

/** Writes when keys were used last, so that no request waits for it. */
export function writeKeyUses(uses: KeyUses): Duty {
  return { name: 'write-key-uses', everyMs: 5_000, run: () => uses.write() };
}
