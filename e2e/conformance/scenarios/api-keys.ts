import { takesNoValue, type Provocation, type Scenarios } from '../scenario.ts';

const ofNew =
  (body?: unknown): Provocation =>
  async (make) => ({ id: await make.apiKey(), ...(body !== undefined && { body }) });

/** What would lock the key out that asks for it. */
const ofOneself =
  (body: unknown): Provocation =>
  (make) => ({ id: make.keyIds.plain, body });

const unknownPermission = { name: 'x', permissions: ['moon.write'] };

export const apiKeys: Scenarios = {
  'list-all-api-keys': {
    200: [
      () => ({}),
      async (make) => {
        const name = make.unique('key');
        await make.apiKey({ name });
        return { query: `?filter[name]=${name}` };
      },
    ],
  },
  'create-an-api-key': {
    201: [
      (make) => ({ body: { data: { attributes: { name: make.unique('key') } } } }),
      (make) => ({
        body: {
          data: {
            attributes: {
              name: make.unique('key'),
              note: 'a note',
              'api-version': '2025-12-08',
              'api-key-inflection': 'camel',
              'api-attributes-blocklist': ['name-*'],
              'ip-address-allowlist': ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'],
              permissions: ['inquiry.read', 'webhook.read'],
              'file-access-token-expires-in': 60,
            },
          },
        },
      }),
    ],
    422: [() => ({ body: { data: { attributes: unknownPermission } } })],
  },
  'retrieve-an-api-key': { 200: [ofNew()] },
  'update-an-api-key': {
    200: [ofNew({ data: { attributes: { note: 'another', permissions: ['inquiry.read'] } } })],
    409: [ofOneself({ data: { attributes: { permissions: ['inquiry.read'] } } })],
    422: [ofNew({ data: { attributes: unknownPermission } })],
  },
  'expire-an-api-key': {
    200: [ofNew({ meta: { 'expires-in-seconds': 0 } }), ofNew({ meta: { 'expires-in-seconds': 60 } })],
    409: [ofOneself({ meta: { 'expires-in-seconds': 0 } })],
    422: [ofNew({ meta: { 'expires-in-seconds': 2_592_001 } })],
  },
  'clone-api-key': { 200: [ofNew()], 422: takesNoValue },
};
