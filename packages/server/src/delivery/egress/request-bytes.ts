/** What stands before the headers of an attempt: the same for all requests to one URL. */
export function requestHead(url: URL): string {
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: keep-alive\r\n`;
}

/** What cannot stand in a header line: line breaks, other controls but the tab, and what is not Latin-1. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * A request as one piece, so that it is written in one system call.
 *
 * @param head from `requestHead`
 * @param headers `[name, value, …]`
 * @returns undefined where a header cannot be sent as it is
 */
export function requestBytes(head: string, headers: readonly string[], body: Uint8Array): Buffer | undefined {
  if (UNSENDABLE.test(headers.join(''))) return undefined;
  let text = head;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    text += `${headers[index] ?? ''}: ${headers[index + 1] ?? ''}\r\n`;
  }
  text += `Content-Length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(text.length + body.length);
  bytes.write(text, 0, 'latin1');
  bytes.set(body, text.length);
  return bytes;
}
