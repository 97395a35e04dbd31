export interface AttemptHeaderValues {
  /** `Persona` unless the deployment chose another (`CREDENCE_HEADER_PREFIX`). */
  readonly prefix: string;
  /** The version of Credence, for `User-Agent`. */
  readonly version: string;
  readonly signature: string;
  /** Counts this attempt, so 1 on the first. */
  readonly attemptsMade: number;
  /** The retries that remain after this attempt. */
  readonly attemptsLeft: number;
  /** Unix seconds. */
  readonly firstAttemptedAtSeconds: number;
  /** Pairs that `customHeaderProblem` found nothing wrong with. */
  readonly custom: Readonly<Record<string, string>>;
}

/**
 * The headers of one attempt as `[name, value, name, value, …]`.
 * `Host`, `Content-Length` and `Connection` are added by `egress/request-bytes.ts`.
 */
export function attemptHeaders(values: AttemptHeaderValues): string[] {
  const { prefix, custom } = values;
  const headers = [
    'Content-Type',
    'application/json; charset=utf-8',
    'User-Agent',
    `Credence/${values.version}`,
    `${prefix}-Signature`,
    values.signature,
    `${prefix}-Webhook-Attempts-Made`,
    String(values.attemptsMade),
    `${prefix}-Webhook-Attempts-Left`,
    String(values.attemptsLeft),
    `${prefix}-Webhook-First-Attempted-At`,
    String(values.firstAttemptedAtSeconds),
  ];
  for (const name of Object.keys(custom)) headers.push(name, custom[name] ?? '');
  return headers;
}

const MAX_NAME_LENGTH = 128;
/** A value is Latin-1, so characters are bytes. */
const MAX_VALUE_BYTES = 4096;

/** What frames the message or belongs to the connection (RFC 9110 §7.6.1), and what says whose body this is. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Tab, visible ASCII and the upper half of Latin-1: what can stand in a header line. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Why a custom header of a webhook is refused, as a sentence that names it; `undefined` if it is fine. */
export function customHeaderProblem(name: string, value: string, prefix: string): string | undefined {
  const shown = JSON.stringify(name.slice(0, MAX_NAME_LENGTH));
  if (name === '') return 'A custom header has an empty name.';
  if (name.length > MAX_NAME_LENGTH) {
    return `The name of the header ${shown}… is longer than ${MAX_NAME_LENGTH} characters.`;
  }
  if (!TOKEN.test(name)) return `${shown} is not a header name: letters, digits and - _ . are expected.`;
  if (isReserved(name.toLowerCase(), prefix.toLowerCase())) {
    return `The header ${shown} is set by Credence and cannot be replaced.`;
  }
  if (value.length > MAX_VALUE_BYTES) {
    return `The value of the header ${shown} is longer than ${MAX_VALUE_BYTES} bytes.`;
  }
  if (!FIELD_VALUE.test(value)) {
    return `The value of the header ${shown} has a line break, a control character or a character outside Latin-1.`;
  }
  return undefined;
}

function isReserved(name: string, prefix: string): boolean {
  return RESERVED_NAMES.has(name) || name === `${prefix}-signature` || name.startsWith(`${prefix}-webhook-`);
}
