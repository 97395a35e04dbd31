import { apiKeyResource } from '../../../access/key-resource.ts';
import { retrieveKey } from '../../../access/key-commands.ts';
import { listApiKeys } from '../../../db/queries/api-keys.ts';
import { toPage, walkOf, type Route } from '../../route.ts';

export const listApiKeysRoute: Route = {
  method: 'get',
  path: '/api-keys',
  permission: 'api_key.read',
  reference: {
    id: 'list-all-api-keys',
    summary: 'List the API keys of the environment',
    description: 'Expired ones as well. The filter `name` finds keys that are called exactly so.',
    answer: { statuses: [200], data: 'many', types: ['api-key'] },
    refusals: [],
  },
  filters: ['name'],
  async handle({ ctx, scope, query }) {
    const name = query.filter.get('name') ?? null;
    const found = await listApiKeys(ctx.db, scope.environmentId, name, walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    return { kind: 'page', data: rows.map((row) => apiKeyResource(row)), ...sides };
  },
};

export const retrieveApiKeyRoute: Route = {
  method: 'get',
  path: '/api-keys/:id',
  permission: 'api_key.read',
  reference: {
    id: 'retrieve-an-api-key',
    summary: 'Retrieve an API key, without its value',
    answer: { statuses: [200], data: 'one', types: ['api-key'] },
    refusals: ['not_found'],
  },
  async handle({ ctx, scope, param }) {
    return { kind: 'one', data: apiKeyResource(await retrieveKey(ctx, scope, param('id'))) };
  },
};
