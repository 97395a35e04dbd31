import type { Context } from '../context.ts';
import { isPublished, listUnservedRegions } from '../db/queries/egress-addresses.ts';
import type { Regions } from '../delivery/egress/regions.ts';
import type { Duty } from './duty.ts';

/**
 * Says, every minute, for which regions deliveries wait although no node sends for them, and that this node was
 * configured with another list of regions than the one that receivers are told.
 */
export function reportRegions({ db, log }: Pick<Context, 'db' | 'log'>, configured: Regions): Duty {
  return {
    name: 'report-regions',
    everyMs: 60_000,
    async run() {
      if (!(await isPublished(db, configured))) log.warn('egress_addresses.differ');
      for (const { region, webhooks, waitingSince } of await listUnservedRegions(db)) {
        log.warn({ region, webhooks, waitingSince: waitingSince.toISOString() }, 'region.unserved');
      }
      return false;
    },
  };
}
