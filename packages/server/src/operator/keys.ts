import { limits } from '@credence/contract';
import { keyDigest } from '../access/authenticate.ts';
import { createKey as createAccessKey } from '../access/bootstrap.ts';
import { findApiKeyByDigest, listApiKeys, setKeyDisclosure } from '../db/queries/api-keys.ts';
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
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

export interface KeyRequest {
  /** `sandbox` or `production`; anything else is refused by name. */
  readonly environment: string;
  readonly name: string;
  readonly discloses: readonly string[];
}

export interface CreatedKey {
  readonly id: string;
  /** For `Authorization: Bearer`. This is the only time that it is known. */
  readonly value: string;
}

/** All keys of the deployment, oldest first. */
export async function listKeys({ db }: Operator): Promise<readonly KeySummary[]> {
  const rows = await listApiKeys(db);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    environment: row.environmentKind,
    discloses: row.disclosedAttributes,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt ?? undefined,
  }));
}

/** Makes a key, which servers take at once. Throws when the environment, the name or a pattern is not usable. */
export async function createKey(operator: Operator, request: KeyRequest): Promise<CreatedKey> {
  const kind = parseEnvironment(request.environment);
  const name = parseName(request.name);
  requirePatterns(request.discloses);
  const value = await createAccessKey(operator, { kind, name, disclosedAttributes: request.discloses });
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
  if (await setKeyDisclosure(db, keyId, discloses)) return;
  throw new Error(
    `There is no key ${JSON.stringify(keyId)}. A key is named by its id, as \`keys list\` shows it.`,
  );
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
