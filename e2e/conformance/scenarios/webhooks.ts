import { takesNoValue, type Provocation, type Scenario, type Scenarios } from '../scenario.ts';

const ofNew =
  (body?: unknown): Provocation =>
  async (make) => ({ id: await make.webhook(), ...(body !== undefined && { body }) });

const ofArchived: Provocation = async (make) => ({ id: await make.archivedWebhook() });

const switched: Scenario = { 200: [ofNew()], 409: [ofArchived], 422: takesNoValue };

const everything = {
  name: 'all of it',
  description: 'a description',
  url: 'http://127.0.0.1:10009/',
  'enabled-events': ['inquiry.approved'],
  'api-version': '2025-12-08',
  'api-key-inflection': 'camel',
  'api-attributes-blocklist': ['name-*'],
  'file-access-token-expires-in': 60,
  'payload-filter': { data: { attributes: { payload: { data: { type: 'inquiry' } } } } },
  'included-allowlist': {
    state: 'custom',
    'event-types': [{ 'event-type': 'inquiry', relationships: ['account'] }],
  },
  'relationship-allowlist': { state: 'include_none' },
  'custom-http-headers': { Authorization: 'Bearer x' },
};

const wrongUrl = { name: 'x', url: 'ftp://example.com', 'enabled-events': ['*'] };

export const webhooks: Scenarios = {
  'list-all-webhooks': { 200: [() => ({}), () => ({ query: '?page[size]=2' })] },
  'create-a-webhook': {
    201: [
      () => ({ body: { data: { attributes: everything } } }),
      () => ({
        body: {
          data: { attributes: { name: 'x', url: 'http://127.0.0.1:10009/', 'enabled-events': ['*'] } },
        },
      }),
    ],
    422: [() => ({ body: { data: { attributes: wrongUrl } } })],
  },
  'retrieve-a-webhook': { 200: [ofNew()] },
  'update-a-webhook': {
    200: [ofNew({ data: { attributes: { description: null, 'api-key-inflection': 'snake' } } })],
    409: 'The settings of an archived webhook may be changed, and no two webhooks exclude each other.',
    422: [ofNew({ data: { attributes: { url: 'ftp://example.com' } } })],
  },
  'archive-a-webhook': { 200: [ofNew()], 422: takesNoValue },
  'enable-a-webhook': switched,
  'disable-a-webhook': switched,
  'clone-a-webhook': { 200: [ofNew()], 422: takesNoValue },
  'rotate-a-webhook-secret': {
    200: [ofNew(), ofNew({ meta: { 'expires-in-seconds': 60 } })],
    409: [ofArchived],
    422: [ofNew({ meta: { 'expires-in-seconds': -1 } })],
  },
};
