import type { Ask, Provocation, Scenario } from './scenario.ts';

export interface Operation {
  /** The document's operationId. */
  readonly id: string;
  /** As `get /inquiries/{inquiry-id}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly statuses: readonly number[];
  readonly takesBody: boolean;
  /** Relationships of what it answers, where the document lets `include` name them. */
  readonly includes: readonly string[];
}

/** Ids that are nobody's, of the right shape, by the name of the path's parameter. */
const unknownIds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'inquiry-id': 'inq',
    'inquiry-session-id': 'iqse',
    'inquiry-template-id': 'itmpl',
    'account-id': 'act',
    'verification-id': 'ver',
    'document-id': 'doc',
    'event-id': 'evt',
    'webhook-id': 'wbh',
    'api-key-id': 'api',
    'api-log-id': 'req',
  }).map(([parameter, prefix]) => [parameter, `${prefix}_${'1'.repeat(28)}`]),
);

export function unknownIdFor({ path }: Operation): string | undefined {
  const parameter = /\{([a-z-]+)\}/.exec(path)?.[1];
  return parameter === undefined ? undefined : unknownIds.get(parameter);
}

/** Where an operation's own scenario says nothing of a status: what brings it about for any operation. */
export function provocationsFor(
  operation: Operation,
  scenario: Scenario,
  status: number,
): readonly Provocation[] | string {
  const own = scenario[status];
  if (own !== undefined) return own;
  if (status === 400) return badRequests(operation);
  if (status === 404 && operation.path.includes('{')) return [lost(operation, scenario)];
  if (status === 409 && operation.method === 'post') return [repeated(scenario)];
  return [];
}

function badRequests(operation: Operation): readonly Provocation[] {
  const id = unknownIdFor(operation);
  const target = id === undefined ? {} : { id };
  const unknownVersion = () => ({ ...target, headers: { 'Persona-Version': '1999-01-01' } });
  return operation.takesBody
    ? [unknownVersion, () => ({ ...target, body: '{' }), () => ({ ...target, body: '[]' })]
    : [unknownVersion];
}

/** What succeeds, with the id of nothing. */
function lost(operation: Operation, scenario: Scenario): Provocation {
  return async (make) => {
    const id = unknownIdFor(operation);
    if (id === undefined) throw new Error(`No id is known for ${operation.path}.`);
    return { ...(await success(scenario)(make)), id };
  };
}

/** One idempotency key for two bodies. */
function repeated(scenario: Scenario): Provocation {
  return async (make) => {
    const first = await success(scenario)(make);
    const before = { ...first, headers: { ...first.headers, 'Idempotency-Key': make.unique('key') } };
    return { ...before, before, body: { meta: { another: 'body' } } };
  };
}

function success(scenario: Scenario): (make: Parameters<Provocation>[0]) => Promise<Ask> {
  const [provocation] = [scenario[201], scenario[200]].find((each) => typeof each === 'object') ?? [];
  if (provocation === undefined) throw new Error('The scenario has no success.');
  return async (make) => provocation(make);
}
