/** What stands in a log where a secret was. */
export const masked = '********';

/** Keys, in kebab-case, below which everything is a secret wherever they stand. */
export const maskKeys: ReadonlySet<string> = new Set([
  'access-token',
  'api-key',
  'authorization',
  'client-secret',
  'code',
  'custom-http-headers',
  'password',
  'private-key',
  'secret',
  'secrets',
  'session-token',
  'token',
]);

/** Values of API keys and of webhook secrets, which somebody may have pasted anywhere. */
const secretValue = /persona_(?:sandbox|production)_[\x21-\x7e]+|wbhsec_[\w-]+/g;

export function maskSecretsIn(text: string): string {
  return text.includes('persona_') || text.includes('wbhsec_') ? text.replace(secretValue, masked) : text;
}

/** Of ids, as in a path: long, without meaning, and of the alphabet that has no look-alikes. */
const idForm = /^[a-z]{2,8}_[1-9A-HJ-NP-Za-km-z]{20,40}$/;
const maxPathLength = 512;

/** A path in which only ids and the words of the API are left: people type anything into a URL. */
export function maskPath(path: string, words: ReadonlySet<string>): string {
  const parts = path.slice(0, maxPathLength).split('/');
  return parts.map((part) => (words.has(part) || idForm.test(part) ? part : masked)).join('/');
}
