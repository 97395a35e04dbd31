import { countServingNodes, readEgressAddresses } from '../../db/queries/egress-addresses.ts';
import type { Route } from '../route.ts';

/** Where deliveries come from. Names of regions are values here, since keys take the caller's inflection. */
export const egressAddressesRoute: Route = {
  method: 'get',
  path: '/egress-addresses',
  permission: 'webhook.read',
  reference: {
    id: 'retrieve-egress-addresses',
    summary: 'Retrieve the addresses that deliveries come from',
    answer: { statuses: [200], data: 'one', types: ['egress-addresses'] },
    refusals: [],
  },
  async handle({ ctx }) {
    const { version, changedAt, regions } = await readEgressAddresses(ctx.db);
    const serving = await countServingNodes(ctx.db);
    const attributes = {
      version,
      'changed-at': changedAt.toISOString(),
      regions: Object.entries(regions).map(([region, addresses]) => ({
        region,
        addresses: [...addresses],
        'serving-nodes': serving.get(region) ?? 0,
      })),
    };
    const resource = { type: 'egress-addresses', id: 'egress-addresses', attributes };
    return { kind: 'one', data: { owner: null, resource } };
  },
};
