import { open, type ResourceDeclaration } from './declare.ts';
import { choice, dictionary, instant, list, nullable, object, text, whole } from './shapes.ts';

export const apiKey: ResourceDeclaration = {
  description: 'What an integration authenticates with, and what it may do.',
  idPrefix: 'api',
  attributes: {
    name: open(text('What it is called.', 'Billing')),
    note: open(nullable(text('A remark for your own people.'))),
    'api-version': open(text('Version of answers where a request names none.', '2025-12-08')),
    'api-key-inflection': open(choice('How keys of answers are written.', ['camel', 'kebab', 'snake'])),
    'api-attributes-blocklist': open(
      list('Patterns of attributes that are never shown to it.', { type: ['string', 'null'] }),
    ),
    permissions: open(list('What it may do.', { type: 'string', examples: ['inquiry.read'] })),
    'ip-address-allowlist': open(
      list('Addresses and CIDR ranges that it works from; `*` for all.', { type: 'string' }),
    ),
    'file-access-token-expires-in': open(whole('Seconds that a link to a file lives.', 21_600)),
    'last-used-at': open(nullable(instant('When it was last used, to the minute.'))),
    'expires-at': open(nullable(instant('When it stops being valid.'))),
    'created-at': open(instant('When it was created.')),
    'disclosed-attributes': open(
      list('Patterns of personal attributes that are shown to it. Empty: none is.', { type: 'string' }),
    ),
    value: open(text('The key itself. Shown once, where it is made.', 'persona_sandbox_…')),
  },
};

const headers = (what: string) => dictionary(what, { type: ['string', 'integer', 'null'] });

export const apiLog: ResourceDeclaration = {
  description: 'A request that was authenticated, and its answer. Secrets are masked.',
  idPrefix: 'req',
  attributes: {
    // Its parameters are parted by their own names, and what is personal of them is shown as the key discloses it.
    request: open({
      type: 'object',
      description: 'What was asked.',
      properties: {
        method: text('Method.', 'GET'),
        path: text('Path without the query.', '/api/v1/inquiries'),
        headers: headers('Headers, without those that are nobody else’s business.'),
        'get-params': dictionary('What the query said.'),
        'post-params': dictionary('What the body said.'),
        'ip-address': nullable(text('Address of the client.', '203.0.113.7')),
      },
      additionalProperties: false,
    }),
    response: open(
      object('What was answered.', {
        status: whole('Status.', 200),
        headers: headers('Headers.'),
      }),
    ),
    'created-at': open(instant('When the request came.')),
    'redacted-at': open(nullable(instant('When its personal values were destroyed.'))),
  },
};

export const apiRateLimit: ResourceDeclaration = {
  description: 'How many requests the environment may still make.',
  idPrefix: null,
  attributes: {
    limit: open(whole('Requests that a window allows.', 60_000)),
    remaining: open(whole('Requests that are left in this window.', 59_990)),
    'seconds-to-reset': open(whole('Seconds until the next window.', 60)),
  },
};

export const egressAddresses: ResourceDeclaration = {
  description: 'Addresses that deliveries come from. There is one list.',
  idPrefix: null,
  attributes: {
    version: open(whole('Grows by one with each change.', 1)),
    'changed-at': open(instant('When it last changed.')),
    regions: open(
      list(
        'Regions, each with its addresses.',
        object('A region.', {
          region: text('Its name.', 'eu'),
          addresses: list('IPv4 and IPv6 addresses.', { type: 'string' }),
          'serving-nodes': whole('Nodes that serve it now.', 2),
        }),
      ),
    ),
  },
};
