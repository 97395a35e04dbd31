import { ANSWER_START, parseAnswerHead, type AnswerHead } from './answer-head.ts';

/** Status line and headers of a response, trailers included, in bytes. */
export const MAX_HEAD_BYTES = 16_384;

/** Of one line that says how long a chunk is. */
const MAX_CHUNK_LINE_BYTES = 1024;

/** What is told of an answer while it arrives. */
export interface AnswerSink {
  /** Of the answer itself, not of what informs about it beforehand. */
  answerBegan(head: AnswerHead): void;
  bodyArrived(bytes: Buffer): void;
}

/** `more` until the answer is whole. */
export type Progress = 'more' | 'whole' | 'malformed' | 'head_too_large';

type State = 'head' | 'length' | 'until_close' | 'chunk_line' | 'chunk' | 'chunk_end' | 'trailer' | 'whole';

const NOTHING = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const CR = 0x0d;
const LF = 0x0a;

/**
 * Understands the answers on one connection, one after the other, from pieces of any size. Anything that is not quite
 * HTTP/1.1 ends the connection: with one request at a time there is nothing to save.
 */
export class AnswerParser {
  /** What was wrong, after `malformed`. */
  problem = '';
  #state: State = 'head';
  #pending: Buffer = NOTHING;
  /** Of the body or of the chunk. */
  #missing = 0;
  #headBytes = 0;
  #hasExcess = false;
  #head: AnswerHead | undefined = undefined;
  #headText = '';

  /** Whether the connection may carry another request, once the answer is whole. */
  get isReusable(): boolean {
    return this.#head?.isReusable === true && !this.#hasExcess;
  }

  get keepAliveMs(): number | undefined {
    return this.#head?.keepAliveMs;
  }

  /** Another request was written. */
  begin(): void {
    this.#state = 'head';
    this.#headBytes = 0;
  }

  read(piece: Buffer, sink: AnswerSink): Progress {
    let rest: Buffer | Exclude<Progress, 'whole'> = piece;
    while (typeof rest !== 'string') {
      rest = this.#step(rest, sink);
      if (this.#state === 'whole') {
        this.#hasExcess = typeof rest !== 'string' && rest.length > 0;
        return 'whole';
      }
    }
    return rest;
  }

  /** The receiver will send no more. Returns whether that makes the answer whole. */
  ended(): boolean {
    return this.#state === 'until_close';
  }

  /** Takes what belongs to the present state and returns what is left. */
  #step(bytes: Buffer, sink: AnswerSink): Buffer | Exclude<Progress, 'whole'> {
    if (bytes.length === 0 && this.#state !== 'head') return 'more';
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, sink);
      case 'until_close':
        sink.bodyArrived(bytes);
        return 'more';
      case 'length':
        return this.#readBody(bytes, sink, 'whole');
      case 'chunk':
        return this.#readBody(bytes, sink, 'chunk_end');
      case 'chunk_line':
      case 'chunk_end':
      case 'trailer':
        return this.#readLine(bytes);
      case 'whole':
        return bytes;
    }
  }

  #readHead(piece: Buffer, sink: AnswerSink): Buffer | Exclude<Progress, 'whole'> {
    const bytes = this.#joined(piece);
    const end = bytes.indexOf(HEAD_END);
    const length = end === -1 ? bytes.length : end + HEAD_END.length;
    if (this.#headBytes + length > MAX_HEAD_BYTES) return 'head_too_large';
    if (end === -1) return this.#keepHead(bytes);
    this.#headBytes += length;
    const head = this.#parsed(bytes.toString('latin1', 0, end));
    if (typeof head === 'string') return this.#malformed(head);
    if (head.status === 100 || head.status === 101) {
      return this.#malformed(`The status ${String(head.status)} was not asked for.`);
    }
    if (head.status >= 200) this.#beginBody(head, sink);
    return bytes.subarray(length);
  }

  /** Receivers say nearly the same each time: within a second even the date is the same. */
  #parsed(text: string): AnswerHead | string {
    if (this.#head !== undefined && text === this.#headText) return this.#head;
    const head = parseAnswerHead(text);
    this.#headText = text;
    this.#head = typeof head === 'string' ? undefined : head;
    return head;
  }

  #keepHead(bytes: Buffer): Exclude<Progress, 'whole'> {
    const start = bytes.toString('latin1', 0, ANSWER_START.length);
    if (!ANSWER_START.startsWith(start)) return this.#malformed('It does not begin with HTTP/1.');
    this.#pending = Buffer.from(bytes);
    return 'more';
  }

  #beginBody(head: AnswerHead, sink: AnswerSink): void {
    const { framing } = head;
    sink.answerBegan(head);
    if (framing.kind === 'until_close') this.#state = 'until_close';
    else if (framing.kind === 'chunked') this.#state = 'chunk_line';
    else if (framing.kind === 'length' && framing.bytes > 0) {
      this.#state = 'length';
      this.#missing = framing.bytes;
    } else this.#state = 'whole';
  }

  #readBody(bytes: Buffer, sink: AnswerSink, next: State): Buffer {
    const taken = bytes.length <= this.#missing ? bytes : bytes.subarray(0, this.#missing);
    this.#missing -= taken.length;
    if (this.#missing === 0) this.#state = next;
    sink.bodyArrived(taken);
    return bytes.subarray(taken.length);
  }

  #readLine(piece: Buffer): Buffer | Exclude<Progress, 'whole'> {
    const bytes = this.#joined(piece);
    const end = bytes.indexOf(LINE_END);
    if (end > MAX_CHUNK_LINE_BYTES || (end === -1 && bytes.length > MAX_CHUNK_LINE_BYTES)) {
      return this.#malformed('A line among the chunks is too long.');
    }
    if (end === -1) return this.#keepLine(bytes);
    const problem = this.#understand(bytes.toString('latin1', 0, end));
    return problem === undefined ? bytes.subarray(end + LINE_END.length) : this.#malformed(problem);
  }

  /** A chunk is over by two known bytes, and a size begins with a digit: what is wrong is told without waiting. */
  #keepLine(bytes: Buffer): Exclude<Progress, 'whole'> {
    if (bytes.includes(LF) || bytes.subarray(0, -1).includes(CR))
      return this.#malformed('A line has no end.');
    if (this.#state === 'chunk_end' && bytes[0] !== CR) return this.#malformed('A chunk has no end.');
    this.#pending = Buffer.from(bytes);
    return 'more';
  }

  #understand(line: string): string | undefined {
    if (this.#state === 'chunk_end') {
      this.#state = 'chunk_line';
      return line === '' ? undefined : 'A chunk has no end.';
    }
    if (this.#state === 'trailer') {
      this.#headBytes += line.length + LINE_END.length;
      if (this.#headBytes > MAX_HEAD_BYTES) return 'The trailers are too long.';
      if (line === '') this.#state = 'whole';
      return undefined;
    }
    const [, digits] = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line) ?? [];
    if (digits === undefined) return 'The size of a chunk is none.';
    this.#missing = Number.parseInt(digits, 16);
    this.#state = this.#missing === 0 ? 'trailer' : 'chunk';
    return undefined;
  }

  #joined(piece: Buffer): Buffer {
    if (this.#pending.length === 0) return piece;
    const bytes = Buffer.concat([this.#pending, piece]);
    this.#pending = NOTHING;
    return bytes;
  }

  #malformed(problem: string): 'malformed' {
    this.problem = problem;
    return 'malformed';
  }
}
