import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { keyValueForm } from '@credence/contract';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { canonicalCidr, parseCidrs, type Cidr } from './cidr.ts';
import type { QuotaName, Quotas } from './allowance/allowances.ts';
import { parseRegions, type Regions } from './delivery/egress/regions.ts';
import { parseProxy, type Proxy } from './delivery/egress/proxy.ts';
import { parseServed, servedRegions, type ServedText } from './delivery/egress/served-regions.ts';
import type { Retention } from './db/partitions.ts';
import { parseMasterKey } from './privacy/master-key.ts';
import type { SealingKey } from './privacy/envelope.ts';

const trimmed = z.string().trim();

const masterKey = trimmed.transform((text, check) => {
  const key = parseMasterKey(text);
  if (key !== undefined) return key;
  check.addIssue({ code: 'custom', message: 'must be 32 bytes, as 64 hexadecimal digits or as base64' });
  return z.NEVER;
});

const cidrList = trimmed.transform((text, check) => {
  const cidrs = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const cidr of cidrs) {
    if (!ipaddr.isValidCIDR(cidr) && !ipaddr.isValid(cidr)) {
      check.addIssue({
        code: 'custom',
        message: `"${cidr}" is neither an IP address nor a CIDR such as 10.0.0.0/8`,
      });
    }
  }
  return cidrs;
});

const proxyList = trimmed.transform((text, check): readonly Cidr[] => {
  const list = parseCidrs(text);
  if ('cidrs' in list) return list.cidrs.map(canonicalCidr);
  check.addIssue({ code: 'custom', message: `has a mistake: ${list.problem}` });
  return z.NEVER;
});

const regionList = trimmed.transform((text, check): Regions => {
  const { regions, problems } = parseRegions(text);
  for (const message of problems) check.addIssue({ code: 'custom', message });
  return regions;
});

const servedList = trimmed.transform((text, check): ServedText => {
  const { served, problems } = parseServed(text);
  for (const message of problems) check.addIssue({ code: 'custom', message });
  return served;
});

const proxyUrl = trimmed.transform((text, check): Proxy => {
  const parsed = parseProxy(text);
  if ('proxy' in parsed) return parsed.proxy;
  check.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
});
/** Links are made by adding a path: what comes after one has no place in it. */
const publicUrl = trimmed.transform((text, check) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== undefined && isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
  check.addIssue({
    code: 'custom',
    message: 'must be an http or https URL without a user, a query or a fragment',
  });
  return z.NEVER;
});

const days = trimmed
  .regex(/^[1-9]\d{0,3}$/, 'must be a whole number of days from 1 to 3650')
  .transform(Number)
  .refine((count) => count <= 3650, 'must be at most 3650');

const daysOrNone = trimmed
  .regex(/^(?:0|[1-9]\d{0,3})$/, 'must be a whole number of days from 0 to 3650')
  .transform(Number)
  .refine((count) => count <= 3650, 'must be at most 3650');

/** With more by itself, the connections of an ordinary PostgreSQL would not do. */
const mostByItself = 4;

const processCount = trimmed
  .regex(/^(?:auto|[1-9]|[1-5]\d|6[0-4])$/, 'must be a whole number from 1 to 64, or auto')
  .transform((text) => (text === 'auto' ? Math.min(mostByItself, availableParallelism()) : Number(text)));

const perMinute = trimmed
  .regex(/^[1-9]\d{0,8}$/, 'must be a whole number from 1 to 999999999')
  .transform(Number);

/** What `docs/configuration.md` says of a setting. It is here so that nobody changes one without the other. */
export interface SettingText {
  /** What a value looks like, to go on after "Form: ". */
  readonly form: string;
  readonly meaning: string;
  /** Its value opens something: it is never logged or quoted. */
  readonly isSecret?: boolean;
}

/** The texts, by the schema of their setting. */
export const settingTexts = z.registry<SettingText>();

/**
 * The whole configuration, from the environment: each name, its form and its default.
 * `docs/configuration.md` is written from this, in this order.
 */
export const environmentSchema = z.object({
  PORT: trimmed
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be at most 65535')
    .default(8484)
    .register(settingTexts, {
      form: 'a whole number from 0 to 65535',
      meaning: 'TCP port of the API. 0 takes a free one.',
    }),
  HOST: trimmed
    .min(1, 'must not be empty')
    .default('127.0.0.1')
    .register(settingTexts, {
      form: 'an IP address or a host name',
      meaning:
        'Address to listen on. While it is a loopback address (127.0.0.0/8, ::1, localhost), webhooks to ' +
        'loopback addresses are allowed; otherwise they are refused unless `CREDENCE_EGRESS_ALLOW` names them.',
    }),
  CREDENCE_PUBLIC_URL: publicUrl.optional().register(settingTexts, {
    form: 'an `http://` or `https://` URL, with a path where a proxy adds one',
    meaning:
      'Where people reach this server: what one-time links begin with. Absent: the address that it listens on, which ' +
      'is of use on this machine only.',
  }),
  CREDENCE_DATA_DIR: trimmed.min(1, 'must not be empty').default('.credence').register(settingTexts, {
    form: 'a path, absolute or relative to the working directory',
    meaning: 'Where the master key and the embedded PostgreSQL live. Made when it is not there.',
  }),
  DATABASE_URL: trimmed
    .regex(/^postgres(ql)?:\/\/.+/, 'must start with postgres:// or postgresql://')
    .optional()
    .register(settingTexts, {
      form: '`postgres://` or `postgresql://` and the rest of a connection string',
      meaning:
        'A database of PostgreSQL 15 or later. Absent: an embedded PostgreSQL is run in the data directory.',
      isSecret: true,
    }),
  CREDENCE_PROCESSES: processCount.default(1).register(settingTexts, {
    form: 'a whole number from 1 to 64, or `auto`',
    meaning:
      'Equal processes that share the port and the database: one uses about one and a half cores. `auto` is one for each ' +
      'core, 4 at most. Each takes up to 17 connections of the database, and 100 to 400 MB.',
  }),
  CREDENCE_MASTER_KEY: masterKey.optional().register(settingTexts, {
    form: '32 bytes, as 64 hexadecimal digits or as base64',
    meaning:
      'The key under which everything sealed in the database is sealed in the end; without it nothing of that can ' +
      'be opened. Nodes that share a database share it. Absent: made once in the data directory, in `master.key`, ' +
      'mode 0600.',
    isSecret: true,
  }),
  CREDENCE_BOOTSTRAP_SANDBOX_KEY: trimmed
    .regex(
      /^persona_sandbox_[\x21-\x7e]{32,255}$/,
      'must be persona_sandbox_ and at least 32 further printable characters',
    )
    .refine(
      (value) => keyValueForm(value) !== 'none',
      'begins as a key that Credence made and is not whole: its checksum is wrong. Another one must not begin with persona_sandbox_k1_',
    )
    .optional()
    .register(settingTexts, {
      form: '`persona_sandbox_` and 32 to 255 further printable ASCII characters without a space',
      meaning:
        'The value of the first sandbox key, for automation. Read at the first start over a database only. Absent: ' +
        'a key is made, and shown that once.',
      isSecret: true,
    }),
  CREDENCE_TRUSTED_PROXIES: proxyList.default([]).register(settingTexts, {
    form: 'IP addresses and CIDRs such as 10.0.0.0/8, with commas between them',
    meaning:
      'The proxies in front of this node. A request that comes from one of them is taken to come from the rightmost ' +
      'address of its `X-Forwarded-For` that is not one of them; from anybody else the header counts for nothing. ' +
      'Each must append to the header, or replace it. Without it, addresses that a key may be used from are compared ' +
      'with that of the proxy.',
  }),
  CREDENCE_EGRESS_ALLOW: cidrList.default([]).register(settingTexts, {
    form: 'IP addresses and CIDRs such as 10.0.0.0/8, with commas between them',
    meaning: 'Addresses that webhooks may reach although they are not public.',
  }),
  CREDENCE_EGRESS_REGIONS: regionList.default(new Map()).register(settingTexts, {
    form: '`region=address,address;region=address`, names in lower-case kebab, such as `germany` or `eu-west-1`',
    meaning:
      'The regions of the whole deployment and the source addresses of each, the same on every node. A webhook ' +
      'may name one of them; its deliveries are then sent from those addresses. The list is published at ' +
      '`/.well-known/egress-addresses.json`.',
  }),
  CREDENCE_EGRESS_REGIONS_SERVED: servedList.optional().register(settingTexts, {
    form: '`region;region=address,address;region=address@address`, or `none`',
    meaning:
      'The regions that this node sends for. Without addresses: with all that the region has. Each address must be ' +
      'on this machine, or the server does not start; `203.0.113.4@10.0.0.4` is the first for receivers and the ' +
      'second on the machine, where the network translates between them. Absent: all regions. What no node sends ' +
      'for waits.',
  }),
  CREDENCE_EGRESS_CA_FILE: trimmed.min(1, 'must not be empty').optional().register(settingTexts, {
    form: 'a path of a file with one or more certificates in PEM',
    meaning:
      'Certificate authorities that webhooks are trusted by, besides the public ones. Read once, at the start.',
  }),
  CREDENCE_EGRESS_PROXY: proxyUrl.optional().register(settingTexts, {
    form: '`http://host:port` or `http://user:password@host:port`, the latter two percent-encoded',
    meaning:
      'An HTTP proxy that every delivery goes through, by CONNECT, to port 80 as well as to 443. Names are resolved ' +
      'and addresses checked here, and the proxy is told an address: where this machine cannot resolve public names, ' +
      'deliveries fail. Receivers see the address of the proxy, so such a node serves no regions.',
    isSecret: true,
  }),
  CREDENCE_HEADER_PREFIX: trimmed
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,31}$/, 'must be a header name of at most 32 characters')
    .default('Persona')
    .register(settingTexts, {
      form: 'a letter and up to 31 letters, digits and hyphens',
      meaning: 'First word of the delivery headers, as in `Persona-Signature`.',
    }),
  CREDENCE_LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be one of trace, debug, info, warn, error, fatal, silent',
    )
    .default('info')
    .register(settingTexts, {
      form: 'one of `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`',
      meaning:
        'What is logged, as one line of JSON for each fact on standard error: this level and those after it.',
    }),
  CREDENCE_API_RATE_LIMIT: perMinute.default(60_000).register(settingTexts, {
    form: 'a whole number from 1 to 999999999',
    meaning:
      "Requests a minute for an environment, all keys and all nodes together. Persona's is 300. The same on every node.",
  }),
  CREDENCE_QUOTA_INQUIRIES: perMinute.optional().register(settingTexts, {
    form: 'a whole number from 1 to 999999999',
    meaning:
      'Inquiries that an environment may create a minute, beside the rate limit. Absent: as many as it likes.',
  }),
  CREDENCE_QUOTA_VERIFICATIONS: perMinute.optional().register(settingTexts, {
    form: 'a whole number from 1 to 999999999',
    meaning: 'Verifications that an environment may create a minute. Absent: as many as it likes.',
  }),
  CREDENCE_DELIVERY_DAYS: days.default(30).register(settingTexts, {
    form: 'a whole number from 1 to 3650',
    meaning:
      'Days that deliveries that ended, and their attempts, are kept. Whole days (UTC) are dropped; a day in which ' +
      'a delivery is still pending is kept until it ends.',
  }),
  CREDENCE_EVENT_DAYS: days.default(90).register(settingTexts, {
    form: 'a whole number from 1 to 3650, not below `CREDENCE_DELIVERY_DAYS`',
    meaning: 'Days that events are kept.',
  }),
  CREDENCE_API_LOG_DAYS: daysOrNone.default(14).register(settingTexts, {
    form: 'a whole number from 0 to 3650',
    meaning:
      'Days that API logs are kept. 0 writes none, and those that are there are dropped as their day ends.',
  }),
  CREDENCE_METRICS_TOKEN: trimmed
    .regex(/^[\x21-\x7e]{16,255}$/, 'must be 16 to 255 printable characters without a space')
    .optional()
    .register(settingTexts, {
      form: '16 to 255 printable ASCII characters without a space',
      meaning:
        'Who may read `GET /metrics`: whoever sends it as `Authorization: Bearer …`. Absent: only who asks from a ' +
        'loopback address, and not through a proxy.',
      isSecret: true,
    }),
});

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Without a slash at the end. */
  readonly publicUrl: string | undefined;
  /** Absolute. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly processes: number;
  readonly masterKey: SealingKey | undefined;
  readonly bootstrapSandboxKey: string | undefined;
  /** Of those whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly Cidr[];
  readonly egressAllow: readonly string[];
  readonly egressRegions: Regions;
  /** What this node binds to, by the region that it serves. */
  readonly egressServed: Regions;
  /** Webhooks may reach loopback: only while the server itself listens on nothing else. */
  readonly allowLoopback: boolean;
  readonly egressCaFile: string | undefined;
  readonly egressProxy: Proxy | undefined;
  readonly headerPrefix: string;
  readonly logLevel: string;
  readonly apiRateLimit: number;
  readonly quotas: Quotas;
  readonly retention: Retention;
  readonly metricsToken: string | undefined;
  /** What is not wrong but is likely not meant, such as a misspelt name. */
  readonly warnings: readonly string[];
}

/** All that is wrong with the configuration, a line for each mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Reads the configuration. An empty variable counts as absent. Throws `ConfigError`, which never quotes a secret. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  const unknown = Object.keys(present)
    .filter((name) => name.startsWith('CREDENCE_') && !(name in environmentSchema.shape))
    .map((name) => `${name} is not a setting of Credence; check the spelling`);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  const values = parsed.data;
  const served = servedRegions(values.CREDENCE_EGRESS_REGIONS, values.CREDENCE_EGRESS_REGIONS_SERVED);
  const servedProblems = [...served.problems];
  if (values.CREDENCE_EGRESS_PROXY !== undefined && served.regions.size > 0) {
    servedProblems.push('must be "none" where CREDENCE_EGRESS_PROXY is set: receivers see the proxy');
  }
  if (servedProblems.length > 0) {
    throw new ConfigError(servedProblems.map((problem) => `CREDENCE_EGRESS_REGIONS_SERVED ${problem}`));
  }
  const retention = {
    eventDays: values.CREDENCE_EVENT_DAYS,
    deliveryDays: values.CREDENCE_DELIVERY_DAYS,
    apiLogDays: values.CREDENCE_API_LOG_DAYS,
  };
  if (retention.eventDays < retention.deliveryDays) {
    throw new ConfigError([
      `CREDENCE_EVENT_DAYS must not be below CREDENCE_DELIVERY_DAYS (${String(retention.deliveryDays)}): ` +
        'a delivery that is kept shows its event',
    ]);
  }
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.CREDENCE_PUBLIC_URL,
    dataDir: resolve(values.CREDENCE_DATA_DIR),
    databaseUrl: values.DATABASE_URL,
    processes: values.CREDENCE_PROCESSES,
    masterKey: values.CREDENCE_MASTER_KEY,
    bootstrapSandboxKey: values.CREDENCE_BOOTSTRAP_SANDBOX_KEY,
    trustedProxies: values.CREDENCE_TRUSTED_PROXIES,
    egressAllow: values.CREDENCE_EGRESS_ALLOW,
    egressRegions: values.CREDENCE_EGRESS_REGIONS,
    egressServed: served.regions,
    allowLoopback: isLoopback(values.HOST),
    egressCaFile: values.CREDENCE_EGRESS_CA_FILE,
    egressProxy: values.CREDENCE_EGRESS_PROXY,
    headerPrefix: values.CREDENCE_HEADER_PREFIX,
    logLevel: values.CREDENCE_LOG_LEVEL,
    apiRateLimit: values.CREDENCE_API_RATE_LIMIT,
    quotas: readQuotas(values),
    retention,
    metricsToken: values.CREDENCE_METRICS_TOKEN,
    warnings: unknown,
  };
}

function readQuotas(values: z.output<typeof environmentSchema>): Quotas {
  const given: readonly (readonly [QuotaName, number | undefined])[] = [
    ['inquiry', values.CREDENCE_QUOTA_INQUIRIES],
    ['verification', values.CREDENCE_QUOTA_VERIFICATIONS],
  ];
  return Object.fromEntries(given.filter(([, limit]) => limit !== undefined));
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}
