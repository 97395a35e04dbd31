import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissions } from '../access/permissions.ts';
import { startTestServer, type ApiClient, type TestServer } from '../testing/test-server.ts';
import { openApiDocument } from './openapi/document.ts';
import { noExamples } from './openapi/examples.ts';
import { routes } from './routes/index.ts';
import {
  operationsOf,
  requestsTo,
  type FuzzRequest,
  type Known,
  type Operation,
} from './testing/fuzz-request.ts';
import { populate, vocabularyOf } from './testing/fuzz-world.ts';
import { judgeBy } from './testing/judge.ts';
import { rawClient, type RawAnswer, type RawClient } from './testing/raw-client.ts';

/** Another one is tried with FUZZ_SEED. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_131);
const requestsInAll = Number(process.env['FUZZ_REQUESTS'] ?? 2_500);
/** After each, what the requests have used up is made anew. */
const rounds = 8;
const connections = 8;
/** Failures that are told in full. */
const told = 5;

const document = openApiDocument(routes, noExamples);
const operations = operationsOf(document);
const judge = judgeBy(document);
const requestsOfEach = Math.ceil(requestsInAll / operations.length / rounds);

interface Exchange {
  readonly operation: Operation;
  readonly asked: FuzzRequest;
  readonly status: number;
}

let server: TestServer;
let admin: ApiClient;
let client: RawClient;
let tokens: Pick<Known, 'token' | 'weakToken'>;
const exchanges: Exchange[] = [];
const failures: string[] = [];
const refused: Record<string, number> = {};
/** Of valid requests of one group; the rest is refused for the state of what they ask for. */
const leastTaken = 0.2;
/** Growth over all rounds but the first two; what the test itself keeps is part of it. */
const mostHeapMegabytes = 100;
const heapMegabytes: number[] = [];

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.apiWith({ permissions, disclosed: ['*'] });
  client = rawClient(`${server.server.url}/api/v1`, connections);
  const [strong, weak] = await Promise.all(
    [permissions, ['inquiry_template.read']].map((some) => keyWith(some)),
  );
  tokens = { token: strong ?? '', weakToken: weak ?? '' };
});
afterAll(async () => {
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

test('thousands of requests made of our own document get no 5xx and nothing that it does not declare', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const ids = await populate(server, admin);
    const known = { ids, vocabulary: vocabularyOf(ids, server.verificationTemplateIds), ...tokens };
    await sendAll(roundOf(known, seed + round * operations.length));
    if (round === 1 || round === rounds - 1) heapMegabytes.push(usedHeapMegabytes());
  }
  expect(failures.slice(0, told), `${String(failures.length)} failures of seed ${String(seed)}`).toEqual([]);
  expect(exchanges.length).toBeGreaterThanOrEqual(requestsInAll);
}, 600_000);

type Asked = readonly [operation: Operation, asked: FuzzRequest];

/** Requests to all operations, mixed; those that end things come last. */
function roundOf(known: Known, roundSeed: number): Asked[] {
  const requests = operations.map((operation, index) =>
    fc
      .sample(requestsTo(operation, known), { numRuns: requestsOfEach, seed: roundSeed + index })
      .map((asked): Asked => [operation, asked]),
  );
  const mixed = Array.from({ length: requestsOfEach }, (_, turn) =>
    requests.flatMap((some) => some.slice(turn, turn + 1)),
  );
  const ends = ([{ method, path }]: Asked): boolean => method === 'DELETE' || path.endsWith('/archive');
  const all = mixed.flat();
  const isFirst = ([{ path }]: Asked): boolean => path.endsWith('/cancel');
  const order = (each: Asked): number => (isFirst(each) ? 0 : ends(each) ? 2 : 1);
  return all.toSorted((one, other) => order(one) - order(other));
}

async function sendAll(requests: readonly Asked[]): Promise<void> {
  const waiting = requests.values();
  const lane = async (): Promise<void> => {
    for (const [operation, asked] of waiting) await exchange(operation, asked);
  };
  await Promise.all(Array.from({ length: connections }, lane));
}

async function exchange(operation: Operation, asked: FuzzRequest): Promise<void> {
  const answer = await client.send(asked);
  if (asked.mood === 'valid' && answer.status >= 400) {
    const what = `${operation.method} ${operation.path} ${answer.text.slice(0, 300)}`;
    refused[what] = (refused[what] ?? 0) + 1;
  }
  exchanges.push({ operation, asked, status: answer.status });
  const problem = judge(operation, asked, answer);
  if (problem !== undefined) failures.push(tell(operation, asked, answer, problem));
}

function tell(operation: Operation, asked: FuzzRequest, answer: RawAnswer, problem: string): string {
  const { authorization: _, ...headers } = asked.headers;
  const short = { ...asked, headers, body: asked.body?.slice(0, 2_000) };
  return [
    `${operation.method} ${operation.path}: ${problem}`,
    JSON.stringify(short),
    `${String(answer.status)} ${answer.text.slice(0, 500)}`,
    logOf(answer),
  ].join('\n');
}

/** What the server logged of the request. */
function logOf({ headers }: RawAnswer): string {
  const id = String(headers['request-id']);
  const line = server
    .logged()
    .split('\n')
    .find((each) => each.includes(id) && each.includes('request.broke'));
  return (line ?? '').slice(0, 1_500);
}

async function keyWith(some: readonly string[]): Promise<string> {
  const attributes = { name: 'fuzz', permissions: some, 'disclosed-attributes': ['*'] };
  const { json } = await admin('POST', '/api-keys', { data: { attributes } });
  return json.data.attributes.value;
}

function usedHeapMegabytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test('what is sent by the document is mostly taken, and so reaches what lies behind the checks', () => {
  const valid = exchanges.filter(({ asked }) => asked.mood === 'valid');
  const never = operations.filter(({ method, path }) => shareTaken(valid, { method, path }) === 0);
  expect(never.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  const groups = [...new Set(operations.map(groupOf))];
  const shares = groups.map((group) => [group, shareTaken(valid, { group })] as const);
  expect(shares.filter(([, share]) => share < leastTaken)).toEqual([]);
  expect(shareTaken(valid, {})).toBeGreaterThan(0.5);
});

test('all of it leaves the server well, and no larger than before', async () => {
  const [early = 0, late = 0] = heapMegabytes;
  expect(late - early).toBeLessThan(mostHeapMegabytes);
  expect((await fetch(`${server.server.url}/readyz`)).status).toBe(200);
  expect(server.logged()).not.toContain('request.broke');
  if (process.env['FUZZ_REPORT'] !== undefined) console.log(report());
});

function groupOf({ path }: Operation): string {
  return path.split('/')[1] ?? '';
}

/** The part of `some` that was answered with success, of one operation or group. */
function shareTaken(
  some: readonly Exchange[],
  { method, path, group }: { method?: string; path?: string; group?: string },
): number {
  const own = some.filter(
    ({ operation }) =>
      (group === undefined || groupOf(operation) === group) &&
      (path === undefined || (operation.path === path && operation.method === method)),
  );
  return own.filter(({ status }) => status < 300).length / own.length;
}

function report(): object {
  const statuses: Record<string, number> = {};
  for (const { asked, status } of exchanges) {
    const name = `${asked.mood} ${String(status)}`;
    statuses[name] = (statuses[name] ?? 0) + 1;
  }
  const valid = exchanges.filter(({ asked }) => asked.mood === 'valid');
  const of = ({ method, path }: Operation) => [`${method} ${path}`, shareTaken(valid, { method, path })];
  const groups = [...new Set(operations.map(groupOf))].map((group) => [group, shareTaken(valid, { group })]);
  return {
    statuses,
    heapMegabytes,
    cpuSeconds: process.cpuUsage().user / 1e6,
    groups: Object.fromEntries(groups),
    taken: Object.fromEntries(operations.map(of)),
    refused,
  };
}
