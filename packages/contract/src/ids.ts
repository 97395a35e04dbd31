/** Base58 in ASCII order, so that text order is number order. */
export const base58Alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/**
 * Prefix of every id on the wire, and how many base58 characters follow it.
 * The first eight characters are the time of creation in milliseconds, so ids sort by it.
 */
export const idFormats = {
  account: { prefix: 'act', length: 24 },
  'account-type': { prefix: 'acttp', length: 24 },
  'api-key': { prefix: 'api', length: 24 },
  delivery: { prefix: 'wbhe', length: 24 },
  document: { prefix: 'doc', length: 24 },
  environment: { prefix: 'env', length: 24 },
  event: { prefix: 'evt', length: 24 },
  inquiry: { prefix: 'inq', length: 28 },
  'inquiry-session': { prefix: 'iqse', length: 24 },
  'inquiry-template': { prefix: 'itmpl', length: 24 },
  'inquiry-template-version': { prefix: 'itmplv', length: 24 },
  node: { prefix: 'node', length: 24 },
  organization: { prefix: 'org', length: 24 },
  request: { prefix: 'req', length: 24 },
  'resend-job': { prefix: 'rsnd', length: 24 },
  selfie: { prefix: 'self', length: 24 },
  verification: { prefix: 'ver', length: 24 },
  'verification-template': { prefix: 'vtmpl', length: 24 },
  'verification-template-version': { prefix: 'vtmplv', length: 24 },
  webhook: { prefix: 'wbh', length: 24 },
} as const;

export type IdKind = keyof typeof idFormats;

/** Says whether `value` has the form of an id of `kind`. It says nothing about existence. */
export function hasIdForm(kind: IdKind, value: string): boolean {
  const { prefix, length } = idFormats[kind];
  return new RegExp(`^${prefix}_[1-9A-HJ-NP-Za-km-z]{${length}}$`).test(value);
}
