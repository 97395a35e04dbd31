import { errorCatalogue, type ErrorCode } from '@credence/contract';
import type { OutputGuard } from '../output-guard.ts';
import { Refusal } from '../refusal.ts';
import type { Answer, Route } from './route.ts';

/** What a route is called in a log. */
export function nameOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

export function statusOf(answer: Answer): number {
  return 'status' in answer ? (answer.status ?? 200) : 200;
}

/**
 * Hands `given` back if its status, its kind, the types of its resources and its `meta` are what the route's reference
 * declares. Throws otherwise: such an answer is a bug, and must not be sent. Attributes are looked at where snapshots
 * are taken.
 */
export function checkAnswer(route: Route, given: Answer): Answer {
  const { answer } = route.reference;
  const status = statusOf(given);
  if (!answer.statuses.some((declared) => declared === status))
    throw undeclared(route, `status ${String(status)}`);
  const kind = given.kind === 'one' ? 'one' : 'many';
  if (answer.data !== kind) throw undeclared(route, `${kind} where the reference says ${answer.data}`);
  const other = typesOf(given).find((type) => !answer.types.includes(type));
  if (other !== undefined) throw undeclared(route, `a resource of type ${other}`);
  const meta = 'meta' in given ? given.meta : undefined;
  if (meta !== undefined && answer.meta?.safeParse(meta).success !== true)
    throw undeclared(route, 'this meta');
  return given;
}

function typesOf(given: Answer): string[] {
  if (given.kind === 'figures') return given.data.map(({ type }) => type);
  return (given.kind === 'one' ? [given.data] : given.data).map(({ resource }) => resource.type);
}

/**
 * Carries out `work`, and reports a refusal that the route's reference does not name. It is sent all the same where the
 * guard does not throw: it tells the client the truth, and a 500 would make it try again.
 */
export async function refusing<Result>(
  guard: OutputGuard,
  route: Route,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Refusal && !refusalsOf(route).includes(cause.code))
      guard.undeclared(nameOf(route), [`refusal ${cause.code}`]);
    throw cause;
  }
}

/** Refusals that only some routes give, and those of requests that no route takes. */
const notOfAll: ReadonlySet<ErrorCode> = new Set([
  'not_found',
  'conflict',
  'record_invalid',
  'quota_exceeded',
  'route_not_found',
  'method_not_allowed',
]);
const ofAll = codes().filter((code) => !notOfAll.has(code));

/** Every refusal that a route can give: its own, those of its form, and those of all routes. */
export function refusalsOf({ method, path, isReadOnly, creates, reference }: Route): ErrorCode[] {
  const isRepeatable = method === 'post' && isReadOnly !== true;
  const ofItsForm: readonly ErrorCode[] = [
    ...(path.includes('/:') ? (['not_found'] as const) : []),
    // A request whose Idempotency-Key is taken.
    ...(isRepeatable ? (['conflict'] as const) : []),
    ...(creates === undefined ? [] : (['quota_exceeded'] as const)),
  ];
  return [...new Set([...ofAll, ...ofItsForm, ...reference.refusals])];
}

function codes(): ErrorCode[] {
  // Object.keys gives the catalogue's own keys.
  return Object.keys(errorCatalogue) as ErrorCode[];
}

function undeclared(route: Route, what: string): Error {
  return new Error(`${nameOf(route)} answered ${what}, which its reference does not declare.`);
}
