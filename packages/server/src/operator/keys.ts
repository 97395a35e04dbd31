import { limits } from '@credence/contract';
import { canonicalEntry } from '../access/address-allowlist.ts';
import { createKey as createAccessKey } from '../access/bootstrap.ts';
import { addressList } from '../access/key-schema.ts';
import { keyDigest } from '../access/key-value.ts';
import { defaultPermissions, isPermission, permissions } from '../access/permissions.ts';
import { endApiKey, findApiKeyByDigest, listAllApiKeys, setKeyDisclosure } from '../db/queries/api-keys.ts';
import type { EnvironmentKind } from '../db/queries/tenants.ts';
import { patternProblem } from '../privacy/patterns.ts';
import type { Operator } from './open-operator.ts';

/** A key of the API, without its value: that is kept nowhere. */
export interface KeySummary {
  readonly id: string;
  readonly name: string;
  readonly environment: EnvironmentKind;
  /** Patterns of the personal attributes that answers to it show. Empty: none. */
  readonly discloses: readonly string[];
  readonly permissions: readonly string[];
  /** Single addresses and ranges; `*` is any. */
  readonly addresses: readonly string[];
  readonly note: string | undefined;
  readonly lastUsedAt: Date | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

export interface KeyRequest {
  /** `sandbox` or `production`; anything else is refused by name. */
  readonly environment: string;
  readonly name: string;
  readonly discloses: readonly string[];
  /** Names, or `all` alone. Absent: everything but reading and making keys. */
  readonly permissions?: readonly string[] | undefined;
  /** Absent: any. */
  readonly addresses?: readonly string[] | undefined;
  readonly note?: string | undefined;
  /** Absent: it does not expire. */
  readonly expiresInSeconds?: number | undefined;
}

export interface CreatedKey {
  readonly id: string;
  /** For `Authorization: Bearer`. This is the only time that it is known. */
  readonly value: string;
}

/** All keys of the deployment, oldest first. */
export async function listKeys({ db }: Operator): Promise<readonly KeySummary[]> {
  const rows = await listAllApiKeys(db);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    environment: row.environmentKind,
    discloses: row.disclosedAttributes,
    permissions: row.permissions,
    addresses: row.ipAddressAllowlist,
    note: row.note ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt ?? undefined,
  }));
}

/** Makes a key, which servers take at once. Throws where something that is asked for is not usable. */
export async function createKey(operator: Operator, request: KeyRequest): Promise<CreatedKey> {
  const kind = parseEnvironment(request.environment);
  const name = parseName(request.name);
  requirePatterns(request.discloses);
  const { expiresInSeconds } = request;
  const value = await createAccessKey(operator, {
    kind,
    name,
    disclosedAttributes: request.discloses,
    permissions: parsePermissions(request.permissions),
    ipAddressAllowlist: parseAddresses(request.addresses ?? ['*']),
    note: parseNote(request.note),
    expiresAt: expiresInSeconds === undefined ? null : instantIn(operator, expiresInSeconds),
  });
  const row = await findApiKeyByDigest(operator.db, keyDigest(value));
  if (row === undefined) throw new Error('The new key vanished while it was made.');
  return { id: row.id, value };
}

/**
 * Replaces the list of what a key discloses; an empty list discloses nothing. Servers hold to it from the next
 * request on. Throws when there is no such key or a pattern is not usable.
 */
export async function setDisclosure(
  { db }: Operator,
  keyId: string,
  discloses: readonly string[],
): Promise<void> {
  requirePatterns(discloses);
  if (!(await setKeyDisclosure(db, keyId, discloses))) throw unknownKey(keyId);
}

/**
 * Ends a key in `seconds`, 0 for at once; a key that ends earlier keeps its end. Servers hold to it from the next
 * request on. Returns when it ends. Throws when there is no such key.
 */
export async function expireKey(operator: Operator, keyId: string, seconds: number): Promise<Date> {
  const expiresAt = await endApiKey(operator.db, keyId, instantIn(operator, seconds));
  if (expiresAt === undefined) throw unknownKey(keyId);
  return expiresAt;
}

function unknownKey(keyId: string): Error {
  return new Error(
    `There is no key ${JSON.stringify(keyId)}. A key is named by its id, as \`keys list\` shows it.`,
  );
}

/** A hundred years: what is later is a slip, and no time that PostgreSQL and JavaScript both know. */
const maxSeconds = 3_155_760_000;

function instantIn({ clock }: Operator, seconds: number): Date {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > maxSeconds) {
    throw new Error(`The time until a key expires must be 0 to ${String(maxSeconds)} whole seconds.`);
  }
  return new Date(clock.nowMs() + seconds * 1000);
}

function parsePermissions(names: readonly string[] | undefined): readonly string[] {
  if (names === undefined) return defaultPermissions;
  if (names.length === 1 && names[0] === 'all') return permissions;
  const unknown = names.filter((name) => !isPermission(name)).map((name) => JSON.stringify(name));
  if (unknown.length === 0) return [...new Set(names)];
  throw new Error(`There is no permission ${unknown.join(', ')}. There are ${permissions.join(', ')}.`);
}

function parseAddresses(entries: readonly string[]): readonly string[] {
  const wrong = entries.find((entry) => canonicalEntry(entry.trim()) === undefined);
  if (wrong !== undefined) {
    throw new Error(`${JSON.stringify(wrong)} is no address, no range such as 10.0.0.0/8 and not *.`);
  }
  const list = addressList.safeParse(entries);
  if (list.success) return list.data;
  throw new Error(`The addresses of a key ${list.error.issues[0]?.message ?? 'are not usable'}.`);
}

function parseNote(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (text.length > limits.noteLength) {
    throw new Error(`The note of a key must have at most ${String(limits.noteLength)} characters.`);
  }
  if (/\p{Cc}/u.test(text)) throw new Error('The note of a key must not have control characters in it.');
  return text;
}

function parseEnvironment(text: string): EnvironmentKind {
  if (text === 'sandbox' || text === 'production') return text;
  throw new Error(`There is no environment ${JSON.stringify(text)}: it is sandbox or production.`);
}

/** It is printed to terminals and logs, where control characters could write over what stands beside it. */
function parseName(text: string): string {
  const name = text.trim();
  if (name === '') throw new Error('The name of a key must not be empty.');
  if (name.length > limits.nameLength) {
    throw new Error(`The name of a key must have at most ${String(limits.nameLength)} characters.`);
  }
  if (/\p{Cc}/u.test(name)) throw new Error('The name of a key must not have control characters in it.');
  return name;
}

function requirePatterns(patterns: readonly string[]): void {
  if (patterns.length > limits.webhookPatterns) {
    throw new Error(`A key discloses by at most ${String(limits.webhookPatterns)} patterns.`);
  }
  const problems = patterns.map(patternProblem).filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
