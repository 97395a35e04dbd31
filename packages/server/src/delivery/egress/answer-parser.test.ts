import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerParser, MAX_HEAD_BYTES, type Progress } from './answer-parser.ts';

interface Read {
  readonly progress: Progress;
  readonly status: number | undefined;
  readonly body: string;
  readonly isReusable: boolean;
}

/** What comes of `text` when it arrives in pieces that end at `cuts`. */
function read(text: string, cuts: readonly number[] = [], parser = new AnswerParser()): Read {
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  let status: number | undefined;
  let body = '';
  let progress: Progress = 'more';
  let start = 0;
  parser.begin();
  for (const end of ends) {
    if (progress !== 'more') {
      // What comes after a whole answer belongs to nobody; where it came in one piece with it, the parser knows.
      return { progress, status, body, isReusable: parser.isReusable && start === bytes.length };
    }
    progress = parser.read(Buffer.from(bytes.subarray(start, end)), {
      answerBegan: (head) => (status = head.status),
      bodyArrived: (piece) => (body += piece.toString('latin1')),
    });
    start = end;
  }
  if (progress === 'more' && parser.ended()) progress = 'whole';
  return { progress, status, body, isReusable: progress === 'whole' && parser.isReusable };
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  test.each<[string, string, Partial<Read>]>([
    ['with a length', `${OK}Content-Length: 2\r\n\r\nok`, { body: 'ok', isReusable: true }],
    ['of no bytes', `${OK}Content-Length: 0\r\n\r\n`, { body: '', isReusable: true }],
    ['that has no body by its status', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, isReusable: true }],
    [
      'that has no body whatever it says',
      'HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n',
      { body: '', isReusable: true },
    ],
    ['until the end of the connection', `${OK}\r\nall of it`, { body: 'all of it', isReusable: false }],
    ['without a reason', 'HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n', { status: 500 }],
    ['to be closed', `${OK}Connection: x, CLOSE\r\nContent-Length: 0\r\n\r\n`, { isReusable: false }],
    [
      'of two Connection headers',
      `${OK}Connection: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      { isReusable: false },
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', { isReusable: false }],
    [
      'of HTTP/1.0 that is kept',
      'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n',
      { isReusable: true },
    ],
    [
      'in chunks',
      `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x="y"\r\n0123456789\r\n0\r\nDigest: x\r\n\r\n`,
      { body: 'abc0123456789', isReusable: true },
    ],
    [
      'in chunks of something else',
      `${OK}transfer-encoding: gzip, Chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n`,
      { body: 'z', isReusable: true },
    ],
    ['coded without chunks', `${OK}Transfer-Encoding: gzip\r\n\r\nzip`, { body: 'zip', isReusable: false }],
    [
      'after what informs about it',
      `HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
      { status: 200, body: 'x', isReusable: true },
    ],
    ['with a header on two lines', `${OK}X: a\r\n b\r\nContent-Length: 1\r\n\r\nx`, { body: 'x' }],
    ['with more than it said', `${OK}Content-Length: 1\r\n\r\nxHTTP/1.1`, { body: 'x', isReusable: false }],
  ])('%s is whole, in pieces of any size', (_name, text, expected) => {
    const whole = read(text);
    expect(whole).toMatchObject({ progress: 'whole', ...expected });
    const { isReusable: _, ...known } = whole;
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        expect(read(text, cuts)).toMatchObject(known);
      }),
      { numRuns: 60 },
    );
    expect(
      read(
        text,
        Array.from(text, (_char, index) => index),
      ),
    ).toMatchObject(known);
  });

  test('follows another on the same connection, and is not taken for it', () => {
    const parser = new AnswerParser();
    const first = `${OK}Content-Length: 3\r\n\r\none`;
    expect(read(first, [], parser)).toMatchObject({ body: 'one', isReusable: true });
    expect(read(first.replace('one', 'two'), [], parser)).toMatchObject({ body: 'two', isReusable: true });
    const last = 'HTTP/1.1 500 X\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx';
    expect(read(last, [], parser)).toMatchObject({ status: 500, isReusable: false });
  });
});

describe('is no answer', () => {
  test.each<[string, string]>([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['its first byte', 'X'],
    ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status that begins with 0', 'HTTP/1.1 020 OK\r\n\r\n'],
    ['a 100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['an upgrade', 'HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n'],
    ['a line without a colon', `${OK}Nonsense\r\n\r\n`],
    ['a space before the colon', `${OK}Content-Length : 2\r\n\r\nok`],
    ['a line without a name', `${OK}: x\r\n\r\n`],
    ['a bare line feed', `${OK}X: a\nContent-Length: 2\r\n\r\nok`],
    ['a bare carriage return', `${OK}X: a\rb\r\n\r\n`],
    ['a NUL', `${OK}X: \0\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ['a list of lengths', `${OK}Content-Length: 2, 2\r\n\r\nok`],
    ['a length on two lines', `${OK}Content-Length: 2\r\n 3\r\n\r\nok`],
    ['a negative length', `${OK}Content-Length: -2\r\n\r\nok`],
    ['a length in words', `${OK}Content-Length: 0x2\r\n\r\nok`],
    ['an endless length', `${OK}Content-Length: ${'9'.repeat(20)}\r\n\r\n`],
    ['a length and chunks', `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks said twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk of no size', `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['a chunk of a signed size', `${OK}Transfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n`],
    ['a chunk of an endless size', `${OK}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\n`],
    ['a chunk that is longer than it said', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n`],
    ['a line of a chunk that does not end', `${OK}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(1100)}`],
    ['a size that ends in a line feed', `${OK}Transfer-Encoding: chunked\r\n\r\n1\nx`],
    ['endless trailers', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X: y\r\n'.repeat(4000)}`],
  ])('%s', (_name, text) => {
    expect(read(text).progress).toBe('malformed');
    expect(
      read(
        text,
        Array.from(text, (_char, index) => index),
      ).progress,
    ).toBe('malformed');
  });

  test.each<[string, string]>([
    ['headers past the cap', `${OK}X: ${'x'.repeat(MAX_HEAD_BYTES)}\r\n\r\n`],
    ['headers past the cap without an end', `${OK}X: ${'x'.repeat(MAX_HEAD_BYTES)}`],
    ['information without end', 'HTTP/1.1 103 E\r\n\r\n'.repeat(1000)],
  ])('%s', (_name, text) => {
    expect(read(text).progress).toBe('head_too_large');
  });

  test('anything at all: it is understood or refused, in any pieces alike, and never throws', () => {
    const word = fc.constantFrom(
      'HTTP/1.1',
      ' ',
      '200',
      '100',
      '\r\n',
      '\r\n\r\n',
      '\r',
      '\n',
      ':',
      'Content-Length',
      'Transfer-Encoding',
      'chunked',
      'Connection',
      'close',
      '0',
      '5',
      'a',
      ';',
      ',',
      '\0',
      'ÿ',
    );
    const wild = fc.array(fc.oneof({ weight: 4, arbitrary: word }, fc.string({ maxLength: 3 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(wild, fc.boolean(), fc.array(fc.nat(200), { maxLength: 8 }), (words, isAnswer, cuts) => {
        const text = Buffer.from((isAnswer ? OK : '') + words.join(''), 'latin1').toString('latin1');
        const { progress, status, body } = read(text);
        // A refusal may come earlier when the pieces are small; the answer, if there is one, is the same.
        const inPieces = read(text, cuts);
        if (progress === 'whole') expect(inPieces).toMatchObject({ progress, status, body });
        else expect(inPieces.progress).toBe(progress);
      }),
      { numRuns: 3000 },
    );
  });
});
