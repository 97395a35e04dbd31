/** How the end of a body is known (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until_close' };

/** What status line and headers of a response say that we go by. */
export interface AnswerHead {
  readonly status: number;
  readonly framing: Framing;
  /** Whether another request may follow on the connection. */
  readonly isReusable: boolean;
  /** How long the receiver says that it keeps an unused connection, in milliseconds. */
  readonly keepAliveMs: number | undefined;
  /** Of a 429 or 503 only. */
  readonly retryAfter: string | undefined;
}

/** What a response may begin with, to tell as early as possible what is none. */
export const ANSWER_START = 'HTTP/1.';

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^\d{1,15}$/;

/** The headers that decide where the message ends: they may stand once, and on one line. */
interface Fields {
  'content-length'?: string;
  'transfer-encoding'?: string;
  connection?: string;
  'keep-alive'?: string;
  'retry-after'?: string;
}

/**
 * Reads status line and headers, without the empty line after them. Strict where it matters: what could be understood
 * in two ways is no answer.
 *
 * @returns a sentence about what is wrong with it, or the head
 */
export function parseAnswerHead(text: string): AnswerHead | string {
  const [statusLine = '', ...lines] = unfolded(text).split('\r\n');
  const [, minor, digits] = STATUS_LINE.exec(statusLine) ?? [];
  if (digits === undefined) return 'The status line is not one of HTTP/1.1.';
  const fields: Fields = {};
  const problem = readFields(lines, fields);
  if (problem !== undefined) return problem;
  const status = Number(digits);
  const framing = framingOf(status, fields);
  if (typeof framing === 'string') return framing;
  const options = (fields.connection ?? '').toLowerCase().split(/[\t ]*,[\t ]*/);
  const isKept = minor === '1' ? !options.includes('close') : options.includes('keep-alive');
  return {
    status,
    framing,
    isReusable: isKept && framing.kind !== 'until_close',
    keepAliveMs: keepAliveMs(fields['keep-alive']),
    retryAfter: status === 429 || status === 503 ? fields['retry-after'] : undefined,
  };
}

/** A line that begins with a space goes on with the one before; nobody should send that any more (§5.2). */
function unfolded(text: string): string {
  return text.replaceAll(/\r\n[\t ]+/g, ' ');
}

const WANTED: ReadonlySet<string> = new Set<keyof Fields>([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'retry-after',
]);

function readFields(lines: readonly string[], fields: Fields): string | undefined {
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!TOKEN.test(name)) return 'A line among the headers is none.';
    const value = line.slice(colon + 1);
    if (!VALUE.test(value)) return `The header ${name} has a control character.`;
    const key = name.toLowerCase();
    if (!isWanted(key)) continue;
    if (fields[key] === undefined) fields[key] = value.trim();
    else if (key === 'connection') fields[key] = `${fields[key]},${value.trim()}`;
    else if (key === 'content-length' || key === 'transfer-encoding')
      return `The header ${name} is there twice.`;
  }
  return undefined;
}

function isWanted(name: string): name is keyof Fields {
  return WANTED.has(name);
}

function framingOf(status: number, fields: Fields): Framing | string {
  const length = fields['content-length'];
  const coding = fields['transfer-encoding']?.toLowerCase();
  if (length !== undefined && coding !== undefined) {
    return 'The answer has both Content-Length and Transfer-Encoding.';
  }
  if (length !== undefined && !LENGTH.test(length)) return 'The header Content-Length is no length.';
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (length !== undefined) return { kind: 'length', bytes: Number(length) };
  if (coding === undefined) return { kind: 'until_close' };
  // Whatever else was done to the body, chunks around it say where it ends.
  return /(?:^|[,\t ])chunked$/.test(coding) ? { kind: 'chunked' } : { kind: 'until_close' };
}

function keepAliveMs(value: string | undefined): number | undefined {
  const seconds = value === undefined ? undefined : /(?:^|[,\t ])timeout=(\d{1,9})\b/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
