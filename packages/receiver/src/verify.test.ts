import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBody, now, NOW_SECONDS, SECRET, signatureGroup } from './testing/delivery.ts';
import { MAX_SIGNATURE_HEADER_CHARACTERS, verifySignature, type VerifyOptions } from './verify.ts';

const OTHER_SECRET = 'wbhsec_11111111-2222-4333-8444-555555555555';

function verify(options: Partial<VerifyOptions>) {
  return verifySignature({ header: '', rawBody: '', secret: SECRET, now, ...options });
}

describe('a signature that is right', () => {
  it('is accepted over any bytes, and tells when it was made', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: -300, max: 300 }), (bytes, offset) => {
        const text = Buffer.from(bytes).toString('utf8');
        const rawBody = Buffer.from(text);
        const t = NOW_SECONDS + offset;
        const expected = { ok: true, timestamp: new Date(t * 1000), secretIndex: 0 };
        expect(verify({ header: signatureGroup(text, t), rawBody })).toEqual(expected);
        expect(verify({ header: signatureGroup(text, t), rawBody: text })).toEqual(expected);
      }),
    );
  });

  it('is accepted under either secret during a rotation, and tells which one matched', () => {
    const rawBody = eventBody();
    const header = `${signatureGroup(rawBody)} ${signatureGroup(rawBody, NOW_SECONDS, OTHER_SECRET)}`;
    expect(verify({ header, rawBody })).toMatchObject({ ok: true, secretIndex: 0 });
    expect(verify({ header, rawBody, secret: OTHER_SECRET })).toMatchObject({ ok: true, secretIndex: 0 });
    const both = [OTHER_SECRET, SECRET];
    expect(verify({ header, rawBody, secret: both })).toMatchObject({ ok: true, secretIndex: 0 });
    const oldOnly = signatureGroup(rawBody);
    expect(verify({ header: oldOnly, rawBody, secret: both })).toMatchObject({
      ok: true,
      secretIndex: 1,
    });
  });

  it('is accepted at any age when the tolerance is switched off', () => {
    const rawBody = eventBody();
    const header = signatureGroup(rawBody, 1);
    expect(verify({ header, rawBody })).toMatchObject({ ok: false, code: 'timestamp_outside_tolerance' });
    expect(verify({ header, rawBody, toleranceSeconds: Infinity })).toMatchObject({ ok: true });
  });

  it('is accepted from a list with one value', () => {
    const rawBody = eventBody();
    expect(verify({ header: [signatureGroup(rawBody)], rawBody })).toMatchObject({ ok: true });
  });
});

describe('tampering', () => {
  const rawBody = Buffer.from(eventBody());
  const header = signatureGroup(eventBody());

  it('with any bit of the body is refused', () => {
    fc.assert(
      fc.property(fc.nat(rawBody.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const changed = Uint8Array.from(rawBody, (byte, at) => (at === index ? byte ^ flip : byte));
        expect(verify({ header, rawBody: changed })).toMatchObject({ ok: false, code: 'signature_mismatch' });
      }),
    );
  });

  it('with the length of the body is refused', () => {
    fc.assert(
      fc.property(fc.nat(rawBody.length - 1), fc.uint8Array({ minLength: 1 }), (length, extra) => {
        for (const changed of [rawBody.subarray(0, length), Buffer.concat([rawBody, extra])]) {
          expect(verify({ header, rawBody: changed })).toMatchObject({
            ok: false,
            code: 'signature_mismatch',
          });
        }
      }),
    );
  });

  it('with any character of t or v1 is refused', () => {
    fc.assert(
      fc.property(
        fc.nat(header.length - 1),
        fc.string({ unit: 'binary-ascii', maxLength: 2 }),
        (index, text) => {
          fc.pre(text !== header[index]);
          const changed = header.slice(0, index) + text + header.slice(index + 1);
          // Inserting a second separator is the one change that leaves both values as they were.
          fc.pre(!hasSameValues(changed));
          expect(verify({ header: changed, rawBody })).toMatchObject({ ok: false });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('with t inside the window is refused as well', () => {
    fc.assert(
      fc.property(fc.integer({ min: -300, max: 300 }), (offset) => {
        fc.pre(offset !== 0);
        const changed = header.replace(/t=\d+/, `t=${NOW_SECONDS + offset}`);
        expect(verify({ header: changed, rawBody })).toMatchObject({ ok: false, code: 'signature_mismatch' });
      }),
    );
  });

  it('by moving bytes between the time and the body is refused', () => {
    const moved = signatureGroup(`0.${eventBody()}`).replace(`t=${NOW_SECONDS}`, `t=${NOW_SECONDS}.0`);
    expect(verify({ header: moved, rawBody })).toMatchObject({ ok: false, code: 'header_malformed' });
  });

  function hasSameValues(changed: string): boolean {
    return changed.split(/[ ,]/).filter((part) => header.split(',').includes(part)).length === 2;
  }
});

describe('a hostile header', () => {
  const rawBody = eventBody();
  const pieces = fc.constantFrom(
    't=',
    'v1=',
    ',',
    ' ',
    '=',
    '\n',
    '\0',
    'é',
    '1700000000',
    'a'.repeat(64),
    'NaN',
  );
  const garbage = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2000 }),
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    fc.array(fc.string()),
    fc.constantFrom(null, undefined, '', []),
  );

  it('is refused and never throws', () => {
    fc.assert(
      fc.property(garbage, (header) => {
        expect(verify({ header, rawBody })).toMatchObject({ ok: false });
      }),
      { numRuns: 1000 },
    );
  });

  it('of another type, from a caller without types, is refused', () => {
    for (const header of [7, {}, [[]], [7], Symbol('t')]) {
      expect(verify({ header: header as unknown as string, rawBody })).toMatchObject({
        code: 'header_malformed',
      });
    }
  });

  it('is refused above the limit of its length, whatever is in it', () => {
    const group = signatureGroup(rawBody);
    const longest = group.padEnd(MAX_SIGNATURE_HEADER_CHARACTERS, ' ');
    expect(verify({ header: longest, rawBody })).toMatchObject({ ok: true });
    expect(verify({ header: `${longest} `, rawBody })).toMatchObject({ code: 'header_malformed' });
  });
});

describe('a receiver that is set up wrongly', () => {
  const rawBody = eventBody();

  it.each([
    ['an empty secret', ''],
    ['blanks', '  '],
    ['no secret', []],
    ['one empty of two', [SECRET, '']],
  ])('accepts nothing with %s', (_, secret) => {
    const header = signatureGroup(rawBody, NOW_SECONDS, '');
    expect(verify({ header, rawBody, secret })).toMatchObject({ ok: false, code: 'secret_missing' });
  });

  it('accepts nothing with an unset secret or a parsed body', () => {
    const header = signatureGroup(rawBody);
    const unset = undefined as unknown as string;
    expect(verify({ header, rawBody, secret: unset })).toMatchObject({ code: 'secret_missing' });
    const parsed = JSON.parse(rawBody) as unknown as string;
    expect(verify({ header, rawBody: parsed })).toMatchObject({ code: 'body_not_raw' });
  });

  it('accepts nothing when the tolerance or the clock is not a number', () => {
    const header = signatureGroup(rawBody);
    expect(verify({ header, rawBody, toleranceSeconds: NaN })).toMatchObject({ ok: false });
    expect(verify({ header, rawBody, now: () => NaN })).toMatchObject({ ok: false });
  });

  it('never puts a secret into a message', () => {
    const messages = [{ header: 'x' }, { header: signatureGroup('other') }, { secret: [SECRET, ''] }].map(
      (options) => JSON.stringify(verify({ rawBody, ...options })),
    );
    for (const message of messages) expect(message).not.toContain(SECRET);
  });
});
