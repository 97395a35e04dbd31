import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissions } from '../access/permissions.ts';
import { startTestServer, type ApiClient, type TestServer } from '../testing/test-server.ts';
import { openApiDocument } from './openapi/document.ts';
import { noExamples } from './openapi/examples.ts';
import { routes } from './routes/index.ts';
import { operationsOf, requestsTo, type FuzzRequest, type Known, type Operation } from './testing/fuzz-request.ts';
import { populate, vocabularyOf } from './testing/fuzz-world.ts';
import { judgeBy } from './testing/judge.ts';
import { rawClient, type RawAnswer, type RawClient } from './testing/raw-client.ts';

/** Another one is tried with FUZZ_SEED. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_131);
const requestsInAll = Number(process.env['FUZZ_REQUESTS'] ?? 10_000);
/** After each, what the requests have used up is made anew. */
const rounds = 12;
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
const times: number[][] = [];
const why: string[] = [];
const heapMegabytes: number[] = [];

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.apiWith({ permissions });
  client = rawClient(`${server.server.url}/api/v1`, connections);
  const [strong, weak] = await Promise.all([permissions, ['inquiry_template.read']].map((some) => keyWith(some)));
  tokens = { token: strong ?? '', weakToken: weak ?? '' };
});
afterAll(async () => {
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

test('10,000 requests made of our own document get no 5xx and nothing that it does not declare', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const t0 = performance.now();
    const ids = await populate(server, admin);
    const t1 = performance.now();
    const known = { ids, vocabulary: vocabularyOf(ids, server.verificationTemplateIds), ...tokens };
    const rr = (roundOf(known, seed + round * operations.length));
    const t2 = performance.now();
    await sendAll(rr);
    times.push([t1 - t0, t2 - t1, performance.now() - t2].map(Math.round));
    heapMegabytes.push(usedHeapMegabytes());
  }
  expect(failures.slice(0, told), `${String(failures.length)} failures of seed ${String(seed)}`).toEqual([]);
  expect(exchanges.length).toBeGreaterThanOrEqual(requestsInAll);
}, 180_000);

type Asked = readonly [operation: Operation, asked: FuzzRequest];

/** Requests to all operations, mixed; those that end things come last. */
function roundOf(known: Known, roundSeed: number): Asked[] {
  const requests = operations.map((operation, index) =>
    fc
      .sample(requestsTo(operation, known), { numRuns: requestsOfEach, seed: roundSeed + index })
      .map((asked): Asked => [operation, asked]),
  );
  const mixed = Array.from({ length: requestsOfEach }, (_, turn) => requests.flatMap((some) => some.slice(turn, turn + 1)));
  const ends = ([{ method, path }]: Asked): boolean => method === 'DELETE' || /(archive|expire)$/.test(path);
  const all = mixed.flat();
  return [...all.filter((each) => !ends(each)), ...all.filter(ends)];
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
  if (asked.mood === 'valid' && answer.status >= 400) why.push(`${operation.method} ${operation.path} ${answer.text}`);
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
  const line = server.logged().split('\n').find((each) => each.includes(id) && each.includes('request.broke'));
  return (line ?? '').slice(0, 1_500);
}

async function keyWith(some: readonly string[]): Promise<string> {
  const attributes = { name: 'fuzz', permissions: some };
  const { json } = await admin('POST', '/api-keys', { data: { attributes } });
  return json.data.attributes.value;
}

function usedHeapMegabytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test('of valid requests', () => {
  const by = new Map<string, number[]>();
  for (const { operation, asked, status } of exchanges) {
    const name = `${asked.mood} ${operation.method} ${operation.path}`;
    by.set(name, [...(by.get(name) ?? []), status]);
  }
  for (const [name, statuses] of [...by].toSorted()) {
    if (!name.startsWith('valid')) continue;
    const counts: Record<number, number> = {};
    for (const each of statuses) counts[each] = (counts[each] ?? 0) + 1;
    console.log(name, JSON.stringify(counts));
  }
  const moods: Record<string, number> = {};
  for (const { asked, status } of exchanges) moods[`${asked.mood} ${status}`] = (moods[`${asked.mood} ${status}`] ?? 0) + 1;
  const counted: Record<string, number> = {};
  for (const each of why) counted[each] = (counted[each] ?? 0) + 1;
  console.log(Object.entries(counted).map(([a, b]) => `WHY ${b} ${a.slice(0, 300)}`).toSorted().join('\n'));
  console.log(times, process.cpuUsage());
  console.log(moods, heapMegabytes);
});
