import type { Writable } from 'node:stream';

/** A request in the pieces that it is put together from at the moment of writing. */
export interface RequestParts {
  /** From `requestHead`. */
  readonly head: string;
  /** `[name, value, …]` */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** What stands before the headers of an attempt: the same for all requests to one URL. */
export function requestHead(url: URL): string {
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: keep-alive\r\n`;
}

/** What cannot stand in a header line: line breaks, other controls but the tab, and what is not Latin-1. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

export function isSendable(headers: readonly string[]): boolean {
  return !UNSENDABLE.test(headers.join(''));
}

/** Larger ones are rare, and get memory of their own. */
const SCRATCH_BYTES = 65_536;

let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * Writes a request in one piece: one system call. Its bytes are put together in one place that is used again for the
 * next, because most sockets take them at once; where one did not, that place is its own from then on.
 */
export function writeRequest(socket: Writable, { head, headers, body }: RequestParts): void {
  const text = headText(head, headers, body.length);
  const length = text.length + body.length;
  const place = length > SCRATCH_BYTES ? Buffer.allocUnsafeSlow(length) : scratch;
  place.write(text, 0, 'latin1');
  place.set(body, text.length);
  socket.write(place.subarray(0, length));
  if (place === scratch && socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
}

function headText(head: string, headers: readonly string[], bodyBytes: number): string {
  let text = head;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    text += `${headers[index] ?? ''}: ${headers[index + 1] ?? ''}\r\n`;
  }
  return `${text}Content-Length: ${bodyBytes}\r\n\r\n`;
}
