import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTraceContext, readTraceContext, traceIdOf, writeTraceContext } from './trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const sampled = `00-${traceId}-${spanId}-01`;

describe('the trace context of a request', () => {
  test('is kept with its state, and read back', () => {
    const kept = readTraceContext({ traceparent: sampled, tracestate: 'congo=t61rcWkgMzE' });
    expect(kept).toBe(`${sampled} congo=t61rcWkgMzE`);
    expect(parseTraceContext(kept ?? '')).toEqual({
      traceId,
      spanId,
      traceFlags: 1,
      state: 'congo=t61rcWkgMzE',
    });
    expect(traceIdOf(kept)).toBe(traceId);
    expect(parseTraceContext(sampled)).toMatchObject({ state: undefined });
  });

  test.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['capital letters', sampled.toUpperCase()],
    ['the forbidden version', `ff${sampled.slice(2)}`],
    ['more than version 00 has', `${sampled}-more`],
    ['a word', 'hello'],
  ])('is none where the header is %s', (_, traceparent) => {
    expect(readTraceContext({ traceparent })).toBeUndefined();
  });

  test('of a later version is kept as far as it is known', () => {
    expect(readTraceContext({ traceparent: `42${sampled.slice(2)}-what-comes-later` })).toBe(sampled);
  });

  test('is kept without a state that is too long or cannot be one', () => {
    for (const tracestate of ['', 'x'.repeat(513), 'caf\u00e9=1'])
      expect(readTraceContext({ traceparent: sampled, tracestate })).toBe(sampled);
  });

  test('is written as it was read, whatever it holds', () => {
    const hex = (length: number) =>
      fc
        .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
        .map((digits) => digits.map((digit) => digit.toString(16)).join(''))
        .filter((text) => !/^0+$/.test(text));
    const state = fc.option(fc.stringMatching(/^[a-z][a-z0-9]{0,20}=[!-+\--<>-~]{1,40}$/), {
      nil: undefined,
    });
    fc.assert(
      fc.property(
        hex(32),
        hex(16),
        fc.integer({ min: 0, max: 255 }),
        state,
        (trace, span, traceFlags, vendor) => {
          const parts = { traceId: trace, spanId: span, traceFlags, state: vendor };
          const written = writeTraceContext(parts);
          expect(parseTraceContext(written)).toEqual(parts);
          const [traceparent = '', tracestate = ''] = written.split(' ');
          expect(readTraceContext({ traceparent, tracestate })).toBe(written);
        },
      ),
    );
  });
});
