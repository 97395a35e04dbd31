import type { History } from '../history.ts';
import type { Breach } from './breach.ts';
import { openCase } from './case.ts';
import { judgeDeliveries } from './deliveries.ts';
import { judgeEvents } from './events.ts';
import { judgeReceipts } from './receipts.ts';

/** Every breach of what Credence promises, from what the receivers wrote down and what the database holds. */
export function judge(history: History): Breach[] {
  const open = openCase(history);
  return [
    ...judgeEvents(open),
    ...judgeDeliveries(open),
    ...judgeReceipts(open),
    ...history.mishaps.map((detail) => ({ kind: 'mishap', detail }) as const),
  ];
}
