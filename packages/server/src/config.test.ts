import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { newKeyValue } from '@credence/contract';
import { expect, test } from 'vitest';
import { cidrText } from './cidr.ts';
import { ConfigError, environmentSchema, readConfig, settingTexts } from './config.ts';
import { configReference } from './config-reference.ts';

/** What is wrong with an environment, a line for each mistake. */
function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('nothing has to be set', () => {
  expect(readConfig({ PATH: '/usr/bin', HOME: '/root' })).toEqual({
    port: 8484,
    host: '127.0.0.1',
    publicUrl: undefined,
    dataDir: resolve('.credence'),
    databaseUrl: undefined,
    processes: 1,
    masterKey: undefined,
    bootstrapSandboxKey: undefined,
    egressAllow: [],
    egressRegions: new Map(),
    egressServed: new Map(),
    egressCaFile: undefined,
    egressProxy: undefined,
    trustedProxies: [],
    allowLoopback: true,
    headerPrefix: 'Persona',
    logLevel: 'info',
    apiRateLimit: 60_000,
    quotas: {},
    retention: { eventDays: 90, deliveryDays: 30, apiLogDays: 14 },
    metricsToken: undefined,
    warnings: [],
  });
});

test('what is set is read, without the white space around it', () => {
  const config = readConfig({
    PORT: ' 0 ',
    HOST: '0.0.0.0',
    CREDENCE_PUBLIC_URL: ' https://id.example.com/credence/ ',
    CREDENCE_DATA_DIR: '/var/lib/credence\n',
    DATABASE_URL: 'postgres://db/credence',
    CREDENCE_PROCESSES: '3',
    CREDENCE_MASTER_KEY: `${'ab'.repeat(32)}\n`,
    CREDENCE_BOOTSTRAP_SANDBOX_KEY: `persona_sandbox_${'k'.repeat(32)}`,
    CREDENCE_TRUSTED_PROXIES: '10.1.2.3/8, ::ffff:192.0.2.1,',
    CREDENCE_EGRESS_ALLOW: '10.0.0.0/8, fd00::/8,192.168.1.7,',
    CREDENCE_EGRESS_REGIONS: 'germany=203.0.113.4,203.0.113.5;india=198.51.100.7',
    CREDENCE_EGRESS_REGIONS_SERVED: 'germany=203.0.113.5@10.0.0.5; india',
    CREDENCE_HEADER_PREFIX: 'Acme',
    CREDENCE_LOG_LEVEL: 'debug',
    CREDENCE_API_RATE_LIMIT: '300',
    CREDENCE_QUOTA_INQUIRIES: '150',
    CREDENCE_DELIVERY_DAYS: '7',
    CREDENCE_EVENT_DAYS: '7',
    CREDENCE_METRICS_TOKEN: 'a-token-of-an-operator',
  });

  expect(config).toMatchObject({
    port: 0,
    host: '0.0.0.0',
    publicUrl: 'https://id.example.com/credence',
    dataDir: '/var/lib/credence',
    databaseUrl: 'postgres://db/credence',
    processes: 3,
    bootstrapSandboxKey: `persona_sandbox_${'k'.repeat(32)}`,
    egressAllow: ['10.0.0.0/8', 'fd00::/8', '192.168.1.7'],
    egressRegions: new Map([
      ['germany', ['203.0.113.4', '203.0.113.5']],
      ['india', ['198.51.100.7']],
    ]),
    egressServed: new Map([
      ['germany', ['10.0.0.5']],
      ['india', ['198.51.100.7']],
    ]),
    headerPrefix: 'Acme',
    logLevel: 'debug',
    apiRateLimit: 300,
    quotas: { inquiry: 150 },
    retention: { eventDays: 7, deliveryDays: 7, apiLogDays: 14 },
    metricsToken: 'a-token-of-an-operator',
  });
  expect(config.trustedProxies.map(cidrText)).toEqual(['10.0.0.0/8', '192.0.2.1']);
  expect(config.masterKey).toEqual(Buffer.alloc(32, 0xab));
});

test('as many processes as there are cores are four at most', () => {
  const { processes } = readConfig({ CREDENCE_PROCESSES: 'auto' });
  expect(processes).toBe(Math.min(4, availableParallelism()));
});

test('an empty variable counts as absent', () => {
  const empty = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, '']));
  expect(readConfig(empty)).toEqual(readConfig({}));
  expect(readConfig({ CREDENCE_UNKNOWN: '' }).warnings).toEqual([]);
});

const wrong: Readonly<Record<string, string>> = {
  PORT: 'eighty',
  HOST: ' ',
  CREDENCE_PUBLIC_URL: 'https://id.example.com/?from=here',
  CREDENCE_DATA_DIR: ' ',
  DATABASE_URL: 'mysql://someone:hunter2-database@db/credence',
  CREDENCE_PROCESSES: '65',
  CREDENCE_MASTER_KEY: 'hunter2-master',
  CREDENCE_BOOTSTRAP_SANDBOX_KEY: 'persona_sandbox_hunter2-short',
  CREDENCE_TRUSTED_PROXIES: '10.0.0.0/8,proxy.internal',
  CREDENCE_EGRESS_ALLOW: '10.0.0.0/33,example.com',
  CREDENCE_EGRESS_REGIONS: 'germany',
  CREDENCE_EGRESS_REGIONS_SERVED: 'germany=everything',
  CREDENCE_EGRESS_CA_FILE: ' ',
  CREDENCE_EGRESS_PROXY: 'https://someone:hunter2-proxy@proxy:3128',
  CREDENCE_HEADER_PREFIX: 'Per sona',
  CREDENCE_LOG_LEVEL: 'loud',
  CREDENCE_API_RATE_LIMIT: '0',
  CREDENCE_QUOTA_INQUIRIES: '-1',
  CREDENCE_QUOTA_VERIFICATIONS: 'many',
  CREDENCE_DELIVERY_DAYS: '0',
  CREDENCE_EVENT_DAYS: 'forever',
  CREDENCE_API_LOG_DAYS: '-1',
  CREDENCE_METRICS_TOKEN: 'hunter2',
};

test('all mistakes are reported at once, by name', () => {
  const named = new Set(problemsOf(wrong).map((problem) => problem.split(' ')[0]));
  expect([...named]).toEqual(Object.keys(environmentSchema.shape));
  expect(() => readConfig(wrong)).toThrow(
    /^The configuration is not usable:\n {2}- PORT must be a port number\n/,
  );
});

test('a node behind a proxy serves no regions, and its regions are among those there are', () => {
  const regions = { CREDENCE_EGRESS_REGIONS: 'germany=203.0.113.4' };
  const proxy = { CREDENCE_EGRESS_PROXY: 'http://u%40x:p%3A@proxy.example:3128' };
  expect(problemsOf({ ...regions, ...proxy })).toEqual([
    'CREDENCE_EGRESS_REGIONS_SERVED must be "none" where CREDENCE_EGRESS_PROXY is set: receivers see the proxy',
  ]);
  expect(readConfig({ ...regions, ...proxy, CREDENCE_EGRESS_REGIONS_SERVED: 'none' }).egressProxy).toEqual({
    host: 'proxy.example',
    port: 3128,
    authorization: `Basic ${Buffer.from('u@x:p:').toString('base64')}`,
  });
  expect(problemsOf({ ...regions, CREDENCE_EGRESS_REGIONS_SERVED: 'india' })).toEqual([
    'CREDENCE_EGRESS_REGIONS_SERVED names region "india", which CREDENCE_EGRESS_REGIONS does not have',
  ]);
});

test.each([
  'proxy:3128',
  'socks5://proxy:1080',
  'http://',
  'http://proxy:3128/path',
  'http://proxy:3128?x',
  'http://hunter2%:x@proxy:3128',
])('CREDENCE_EGRESS_PROXY=%s is refused without being quoted', (text) => {
  expect(problemsOf({ CREDENCE_EGRESS_PROXY: text })).toEqual([
    expect.stringMatching(/^CREDENCE_EGRESS_PROXY must (be http:\/\/host:port|have its user)/),
  ]);
});

test('a list reports each of its mistakes', () => {
  expect(problemsOf({ CREDENCE_EGRESS_ALLOW: '10.0.0.0/33,10.0.0.1,example.com' })).toEqual([
    'CREDENCE_EGRESS_ALLOW "10.0.0.0/33" is neither an IP address nor a CIDR such as 10.0.0.0/8',
    'CREDENCE_EGRESS_ALLOW "example.com" is neither an IP address nor a CIDR such as 10.0.0.0/8',
  ]);
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80.5'],
  ['CREDENCE_MASTER_KEY', 'ab'.repeat(31)],
  ['CREDENCE_MASTER_KEY', 'ab'.repeat(33)],
  ['CREDENCE_BOOTSTRAP_SANDBOX_KEY', `persona_production_${'k'.repeat(40)}`],
  ['CREDENCE_BOOTSTRAP_SANDBOX_KEY', `persona_sandbox_${'k'.repeat(16)} ${'k'.repeat(16)}`],
  ['CREDENCE_HEADER_PREFIX', 'P'.repeat(33)],
  ['CREDENCE_API_RATE_LIMIT', '1e3'],
])('%s=%s is refused', (name, value) => {
  expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))]);
});

test('a first key that was made by Credence and lost a character is refused, before it becomes one', () => {
  const made = newKeyValue('sandbox', 'a'.repeat(40));
  expect(readConfig({ CREDENCE_BOOTSTRAP_SANDBOX_KEY: made }).bootstrapSandboxKey).toBe(made);
  expect(problemsOf({ CREDENCE_BOOTSTRAP_SANDBOX_KEY: made.slice(0, -1) })).toEqual([
    expect.stringContaining('its checksum is wrong'),
  ]);
});

test('no message quotes a secret', () => {
  expect(problemsOf(wrong).join('\n')).not.toContain('hunter2');
  const secrets = Object.entries(environmentSchema.shape)
    .filter(([, schema]) => settingTexts.get(schema)?.isSecret === true)
    .map(([name]) => name);
  // Each of them is among the wrong values above, with the word that is looked for.
  expect(secrets.filter((name) => wrong[name]?.includes('hunter2') !== true)).toEqual([]);
  expect(secrets).toHaveLength(5);
});

test('a CREDENCE_ name that is no setting is a warning, and its value is not in it', () => {
  const { warnings } = readConfig({ CREDENCE_MASTERKEY: 'hunter2', DATABASEURL: 'x' });
  expect(warnings).toEqual(['CREDENCE_MASTERKEY is not a setting of Credence; check the spelling']);
});

test.each(['127.0.0.1', '127.255.3.4', '::1', '::ffff:127.0.0.1', 'localhost'])(
  'webhooks to loopback are allowed while the server listens on %s',
  (host) => {
    expect(readConfig({ HOST: host }).allowLoopback).toBe(true);
  },
);

test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '192.168.1.7', 'example.com', 'localhost.example.com'])(
  'webhooks to loopback are not allowed while the server listens on %s',
  (host) => {
    expect(readConfig({ HOST: host }).allowLoopback).toBe(false);
  },
);

test('docs/configuration.md is what the schema says', async () => {
  const committed = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  expect(committed, 'run: npm run docs:configuration').toBe(configReference());
});

test('events are kept as long as the deliveries that show them, and both for a time that is one', () => {
  const problem = 'CREDENCE_EVENT_DAYS must not be below CREDENCE_DELIVERY_DAYS (30)';
  expect(problemsOf({ CREDENCE_EVENT_DAYS: '29' })).toEqual([expect.stringContaining(problem)]);
  expect(problemsOf({ CREDENCE_EVENT_DAYS: '30' })).toEqual([]);
  for (const value of ['0', '-1', '3651', '1.5', 'forever']) {
    expect(problemsOf({ CREDENCE_DELIVERY_DAYS: value })[0]).toMatch(/^CREDENCE_DELIVERY_DAYS must be/);
  }
});
