import type { IncomingHttpHeaders } from 'node:http';

/** A `traceparent` of W3C Trace Context, of any version that starts as version 00 does. */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const longestState = 512;

/** The parts of a trace context that is kept with an event. */
export interface TraceParts {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly state: string | undefined;
}

/** The trace context of a request in the form in which it is kept; undefined where there is no valid one. */
export function readTraceContext(headers: IncomingHttpHeaders): string | undefined {
  const { traceparent: parent, tracestate: state } = headers;
  if (typeof parent !== 'string' || !traceparent.test(parent)) return undefined;
  if (parent.startsWith('00') && parent.length !== 55) return undefined;
  // Of a later version only the part that is known.
  const known = `00${parent.slice(2, 55)}`;
  return typeof state === 'string' && isState(state) ? `${known} ${state}` : known;
}

function isState(state: string): boolean {
  return state !== '' && state.length <= longestState && /^[\x20-\x7e]+$/.test(state);
}

/** The parts of what `readTraceContext` or `writeTraceContext` made: by position, for every attempt does it. */
export function parseTraceContext(kept: string): TraceParts {
  return {
    traceId: kept.slice(3, 35),
    spanId: kept.slice(36, 52),
    traceFlags: Number.parseInt(kept.slice(53, 55), 16),
    state: kept.length > 56 ? kept.slice(56) : undefined,
  };
}

export function writeTraceContext({ traceId, spanId, traceFlags, state }: TraceParts): string {
  const flags = traceFlags.toString(16).padStart(2, '0');
  return `00-${traceId}-${spanId}-${flags}${state === undefined || state === '' ? '' : ` ${state}`}`;
}

export function traceIdOf(kept: string | null | undefined): string | undefined {
  return kept?.slice(3, 35);
}
