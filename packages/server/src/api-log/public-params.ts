import { attributeClasses } from '@credence/contract';

/** What a request is about, by the first word of its path below `/api/v1`. */
const types: Readonly<Record<string, string>> = {
  accounts: 'account',
  'api-keys': 'api-key',
  documents: 'document',
  events: 'event',
  inquiries: 'inquiry',
  'inquiry-sessions': 'inquiry-session',
  'inquiry-templates': 'inquiry-template',
  verification: 'verification',
  verifications: 'verification',
  'webhook-events': 'webhook-event',
  webhooks: 'webhook',
};

/** The type of what a request to `path` is about; '' where nobody knows. */
export function typeOfPath(path: string): string {
  return own(types, path.split('/', 4)[3] ?? '') ?? '';
}

/** Never what every object inherits, such as `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Settings of the operator: what is not public of them is no person's, and cannot be redacted with one. */
export function isOperators(type: string): boolean {
  return type === 'api-key' || type === 'webhook';
}

const shared = [
  '_truncated',
  'data.id',
  'data.type',
  ...[
    'auto-create-account',
    'auto-create-account-reference-id',
    'auto-create-account-type-id',
    'auto-create-inquiry-session',
    'auto-create-one-time-link',
    'confirm',
    'expiration-after-create-interval-seconds',
    'expiration-after-resume-interval-seconds',
    'expiration-after-start-interval-seconds',
    'expires-in-seconds',
    'inquiry-ids',
    'one-time-link-expiration-seconds',
    'simulate-actions.data.verification-template-id',
    'simulate-actions.type',
    'tag-id',
    'tag-name',
    'upsert-by',
  ].map((name) => `meta.${name}`),
  ...['after', 'before', 'size'].map((name) => `page.${name}`),
  ...['attribute', 'direction'].map((name) => `sort.${name}`),
];

/** The members of a predicate, however deep a search nests it. */
function clauses(...members: readonly string[]): string[] {
  const words = ['and', 'or', 'not'];
  const inner = words.flatMap((outer) => [outer, ...words.map((word) => `${outer}.${word}`)]);
  const places = ['query', ...inner.map((path) => `query.${path}`)];
  return places.flatMap((place) => members.map((member) => `${place}.${member}`));
}

function attributes(...names: readonly string[]): string[] {
  return names.map((name) => `data.attributes.${name}`);
}

/** Beside what `attributeClasses` calls public of a person's resource. Of an operator's it is all that is public. */
const ofType: Readonly<Record<string, readonly string[]>> = {
  account: attributes('account-type-id'),
  'api-key': attributes(
    'api-attributes-blocklist',
    'api-key-inflection',
    'api-version',
    'disclosed-attributes',
    'expires-at',
    'file-access-token-expires-in',
    'ip-address-allowlist',
    'name',
    'permissions',
  ),
  event: ['count', 'names'],
  inquiry: [
    ...attributes(
      'account-id',
      'initial-step-name',
      'inquiry-template-id',
      'inquiry-template-version-id',
      'template-id',
      'theme-id',
      'theme-set-id',
    ),
    ...clauses('attribute', 'operator'),
  ],
  'inquiry-session': attributes('inquiry-id'),
  webhook: attributes(
    'api-attributes-blocklist',
    'api-key-inflection',
    'api-version',
    'disclosed-attributes',
    'enabled-events',
    'file-access-token-expires-in',
    'included-allowlist.event-types.event-type',
    'included-allowlist.event-types.relationships',
    'included-allowlist.state',
    'max-concurrency',
    'name',
    'rate-limit-per-second',
    'region',
    'relationship-allowlist.state',
    'retry-policy',
    'retry-policy.success-statuses',
    'retry-policy.waits',
    'timeout-ms',
  ),
  'webhook-event': [...attributes('since', 'webhook-id'), ...clauses('attribute', 'operator', 'value')],
};

const inQuery = [
  'include',
  ...['after', 'before', 'size'].map((name) => `page.${name}`),
  ...[
    'account-id',
    'created-at-end',
    'created-at-start',
    'id',
    'inquiry-id',
    'inquiry-template-id',
    'name',
    'object-id',
    'reference-id',
    'status',
    'template-id',
  ].map((name) => `filter.${name}`),
];

const sets = new Map<string, ReadonlySet<string>>();

function publicPaths(type: string): ReadonlySet<string> {
  const known = sets.get(type);
  if (known !== undefined) return known;
  // Who may read the logs need not be allowed to read webhooks, whose addresses may hold a token.
  const classes = isOperators(type) ? undefined : own(attributeClasses, type);
  const classed = Object.entries(classes?.attributes ?? {}).flatMap(([name, each]) =>
    each === 'public' ? [name] : [],
  );
  const inBody = [...shared, ...attributes(...classed), ...(own(ofType, type) ?? [])];
  const made = new Set([
    ...inQuery.map((path) => `get-params.${path}`),
    ...inBody.map((path) => `post-params.${path}`),
  ]);
  sets.set(type, made);
  return made;
}

/**
 * Whether a single value of a request is public. `path` has the keys that lead to it, in kebab-case, from `get-params`
 * or `post-params` on; an array adds no step. What is not listed by its whole path is personal, so that something
 * nobody thought of is sealed.
 */
export function isPublicParam(type: string, path: readonly string[]): boolean {
  // `fields[inquiry]=status`: names of attributes.
  if (path.length === 3 && path[0] === 'get-params' && path[1] === 'fields') return true;
  return publicPaths(type).has(path.join('.'));
}
