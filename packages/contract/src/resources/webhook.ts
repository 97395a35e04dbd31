import { open, type ResourceDeclaration } from './declare.ts';
import { choice, dictionary, instant, list, nullable, object, text, whole } from './shapes.ts';

const patterns = { type: 'string' } as const;

const inclusion = { type: 'string', enum: ['include_all', 'include_none', 'custom'] } as const;

const entry = object('Relationships of one type of event.', {
  'event-type': text('Start of the names of the events.', 'inquiry'),
  relationships: list('What is included; `*` for all.', { type: 'string' }),
});

const retryPolicy = {
  description: 'When a failed attempt is made again, and which answers count as success.',
  oneOf: [
    { type: 'string', enum: ['classic', 'current'] },
    object('A schedule of your own.', {
      waits: list('Seconds from the end of each failed attempt to the next.', { type: 'integer' }),
      'success-statuses': list('Statuses that count as success.', { type: 'integer' }),
    }),
  ],
} as const;

export const webhook: ResourceDeclaration = {
  description: 'A receiver that gets events by POST.',
  idPrefix: 'wbh',
  attributes: {
    status: open(choice('Only an enabled one gets events.', ['enabled', 'disabled', 'archived'])),
    url: open(text('Where events are sent.', 'https://example.com/webhooks')),
    name: open(nullable(text('What it is called.', 'Billing'))),
    description: open(nullable(text('What it is for.'))),
    secret: open(text('The secret that new deliveries are signed with.')),
    secrets: open(
      list(
        'All secrets that are valid, the newest first.',
        object('A secret.', {
          value: text('The secret.'),
          'expires-at': nullable(instant('When it stops being valid.')),
        }),
      ),
    ),
    'api-version': open(text('Version of the payloads.', '2025-12-08')),
    'api-key-inflection': open(choice('How keys of the payloads are written.', ['camel', 'kebab', 'snake'])),
    'api-attributes-blocklist': open(list('Patterns of attributes that are never sent.', patterns)),
    'file-access-token-expires-in': open(whole('Seconds that a link to a file lives.', 21_600)),
    'enabled-events': open(list('Names of events, or `*`.', { type: 'string' })),
    'payload-filter': open(nullable(dictionary('Only payloads that match are sent.'))),
    'included-allowlist': open({
      type: 'object',
      description: 'Which related resources a payload includes.',
      properties: { state: inclusion, 'event-types': list('One entry for each type of event.', entry) },
      required: ['state'],
      additionalProperties: false,
    }),
    'relationship-allowlist': open(
      object('Whether a payload names related resources.', {
        state: choice('All or none.', ['include_all', 'include_none']),
      }),
    ),
    'created-at': open(instant('When it was created.')),
    'disclosed-attributes': open(
      list('Patterns of personal attributes that are sent. Empty: none is.', patterns),
    ),
    'retry-policy': open(retryPolicy),
    'timeout-ms': open(whole('Milliseconds that one attempt may take.', 5_000)),
    region: open(nullable(text('Region whose addresses deliveries come from.', 'eu'))),
    'max-concurrency': open(whole('Attempts under way at once, on each node.', 16)),
    'rate-limit-per-second': open(nullable(whole('Attempts a second, over all nodes.', 100))),
  },
};
