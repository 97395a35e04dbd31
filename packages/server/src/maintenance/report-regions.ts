import type { Context } from '../context.ts';
import { listUnservedRegions } from '../db/queries/egress-addresses.ts';
import type { Duty } from './duty.ts';

/** Says, every minute, for which regions deliveries wait although no node sends for them. */
export function reportRegions({ db, log }: Pick<Context, 'db' | 'log'>): Duty {
  return {
    name: 'report-regions',
    everyMs: 60_000,
    async run() {
      for (const { region, webhooks, waitingSince } of await listUnservedRegions(db)) {
        log.warn({ region, webhooks, waitingSince: waitingSince.toISOString() }, 'region.unserved');
      }
      return false;
    },
  };
}
