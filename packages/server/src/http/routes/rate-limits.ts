import type { Route } from '../route.ts';

/** How the environment stands to its limits, as the headers of this answer say it, too. */
export const listRateLimitsRoute: Route = {
  method: 'get',
  path: '/rate-limits',
  permission: null,
  reference: {
    id: 'list-all-rate-limits',
    summary: 'List the rate limits of the environment',
    answer: { statuses: [200], data: 'many', types: ['rate-limit/api'] },
    refusals: [],
  },
  handle({ rateLimit: { limit, remaining, secondsToReset } }) {
    const attributes = { limit, remaining, 'seconds-to-reset': secondsToReset };
    return Promise.resolve({ kind: 'figures', data: [{ type: 'rate-limit/api', attributes }] });
  },
};
