import { once } from 'node:events';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../testing/until.ts';
import { createDnsLookup } from './dns-lookup.ts';
import { createHostsFile, parseHosts } from './hosts-file.ts';
import { createResolver, joinLookups, type ResolverParts } from './resolver.ts';

const nothing: ResolverParts = {
  hosts: () => [],
  dns: () => Promise.resolve(undefined),
  system: (name) => Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' })),
};
const never = (): Promise<never> => new Promise(() => undefined);

describe('a name', () => {
  test('is looked for in the hosts file, then in DNS, then by the system', async () => {
    const asked: string[] = [];
    const resolve = createResolver({
      hosts: (name) => (name === 'listed.test' ? ['10.0.0.1'] : []),
      dns: (name) => (
        asked.push(`dns ${name}`),
        Promise.resolve(name === 'dns.test' ? ['10.0.0.2'] : undefined)
      ),
      system: (name) => (asked.push(`system ${name}`), Promise.resolve(['10.0.0.3'])),
    });
    const names = ['listed.test', 'dns.test', 'search.domain', 'db', 'a.localhost'];
    const found = await Promise.all(names.map((name) => resolve(name)));
    expect(found.flat()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.3', '10.0.0.3']);
    expect(asked.toSorted()).toEqual([
      'dns dns.test',
      'dns search.domain',
      'system a.localhost',
      'system db',
      'system search.domain',
    ]);
  });

  test('whose servers fail is not asked for once more on a thread', async () => {
    const failure = Object.assign(new Error('x'), { code: 'ESERVFAIL' });
    const resolve = createResolver({ ...nothing, dns: () => Promise.reject(failure), system: never });
    await expect(resolve('a.test')).rejects.toBe(failure);
  });

  test('that hangs does not delay another, however many hang', async () => {
    const resolve = joinLookups(
      createResolver({
        ...nothing,
        dns: (name) => (name.startsWith('dead') ? never() : Promise.resolve(['10.0.0.2'])),
      }),
    );
    for (let index = 0; index < 1_000; index++) void resolve(`dead-${String(index)}.test`);
    expect(await resolve('alive.test')).toEqual(['10.0.0.2']);
  });

  test('takes one of two threads at most, shared by all who ask for it', async () => {
    const open = new Map<string, (addresses: string[]) => void>();
    const system = (name: string) => new Promise<string[]>((answer) => open.set(name, answer));
    const resolve = joinLookups(createResolver({ ...nothing, system }));
    const all = ['a', 'a', 'a', 'b', 'c', 'd'].map((name) => resolve(name));
    expect([...open.keys()]).toEqual(['a', 'b']);
    open.get('a')?.(['10.0.0.1']);
    expect(await Promise.all(all.slice(0, 3))).toEqual([['10.0.0.1'], ['10.0.0.1'], ['10.0.0.1']]);
    await until('the next begins', () => open.has('c'));
    expect(open.has('d')).toBe(false);
    for (const name of ['b', 'c']) open.get(name)?.(['10.0.0.2']);
    await until('the last begins', () => open.has('d'));
    open.get('d')?.([]);
    expect((await Promise.all(all)).length).toBe(6);
  });
});

test('a name is found in DNS before any of fifty others gets an answer from its servers', async () => {
  const waiting: (() => void)[] = [];
  const server = await dnsServer(async (name, type) => {
    if (name.endsWith('.dead.test')) await new Promise<void>((answer) => waiting.push(answer));
    if (name === 'alive.test') return type === 1 ? [Buffer.from([192, 0, 2, 7])] : [];
    return 'no such name';
  });
  // Long beyond what the test takes: nothing is found because the others gave up.
  const dns = createDnsLookup({ servers: [server], timeoutMs: 20_000 });
  const resolve = createResolver({ ...nothing, dns });
  let ended = 0;
  const dead = Array.from({ length: 50 }, (_, index) =>
    resolve(`x${String(index)}.dead.test`)
      .catch(codeOf)
      .finally(() => (ended += 1)),
  );
  await until('all have asked', () => waiting.length === 100);
  expect(await resolve('alive.test')).toEqual(['192.0.2.7']);
  await expect(resolve('nobody.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(ended).toBe(0);
  for (const answer of waiting) answer();
  expect(new Set(await Promise.all(dead))).toEqual(new Set(['ENOTFOUND']));
});

test('a name whose servers are silent is given up', async () => {
  const server = await dnsServer(() => undefined);
  const dns = createDnsLookup({ servers: [server], timeoutMs: 20 });
  expect(await createResolver({ ...nothing, dns })('dead.test').catch(codeOf)).toBe('ETIMEOUT');
});

describe('the hosts file', () => {
  test('is read as the system reads it', () => {
    const entries = parseHosts(
      '127.0.0.1 localhost\n::1\tLocalhost ip6-localhost # a comment\n#10.0.0.9 no\n\n10.0.0.1 a.test. b\r\nbad x\n',
    );
    expect([...entries]).toEqual([
      ['localhost', ['127.0.0.1', '::1']],
      ['ip6-localhost', ['::1']],
      ['a.test', ['10.0.0.1']],
      ['b', ['10.0.0.1']],
    ]);
  });

  test('is read again when it has changed, and may be missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-hosts-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'hosts');
    const hosts = createHostsFile(path);
    expect(hosts('a.test')).toEqual([]);
    await writeFile(path, '10.0.0.1 a.test');
    expect(hosts('A.test')).toEqual(['10.0.0.1']);
    await writeFile(`${path}.new`, '10.0.0.2 a.test');
    await rename(`${path}.new`, path);
    expect(hosts('a.test')).toEqual(['10.0.0.2']);
  });
});

type DnsAnswer = readonly Buffer[] | 'no such name' | undefined;

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}

/** A DNS server on loopback. Where `answer` gives nothing, it stays silent. Returns its address and port. */
async function dnsServer(
  answer: (name: string, type: number) => DnsAnswer | Promise<DnsAnswer>,
): Promise<string> {
  const socket = createSocket('udp4');
  const onQuery = async (query: Buffer, from: RemoteInfo): Promise<void> => {
    const { name, type, end } = question(query);
    const found = await answer(name, type);
    if (found === undefined) return;
    const records = found === 'no such name' ? [] : found;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(found === 'no such name' ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    const answers = records.map((data) => {
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    socket.send(Buffer.concat([head, query.subarray(12, end), ...answers]), from.port, from.address);
  };
  socket.on('message', (query, from) => void onQuery(query, from));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${String(socket.address().port)}`;
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}
