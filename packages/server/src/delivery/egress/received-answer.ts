import { answerText, KEPT_BYTES } from './answer-text.ts';

/** How much of a response body is read at all. */
export const MAX_BODY_BYTES = 65_536;

const NOTHING = Buffer.alloc(0);

/** What has come back of one response: its status and the start of its body. */
export class ReceivedAnswer {
  status: number | undefined = undefined;
  retryAfter: string | undefined = undefined;
  #kept: Buffer = NOTHING;
  #readBytes = 0;

  begin(status: number, rawHeaders: readonly Buffer[]): void {
    this.status = status;
    if (status === 429 || status === 503) this.retryAfter = headerValue(rawHeaders, 'retry-after');
  }

  /** Returns whether the body is still within the cap. */
  add(chunk: Buffer): boolean {
    const missing = KEPT_BYTES - this.#kept.length;
    if (missing > 0) this.#keep(chunk.subarray(0, missing));
    this.#readBytes += chunk.length;
    return this.#readBytes <= MAX_BODY_BYTES;
  }

  text(): string {
    return answerText(this.#kept, this.#readBytes);
  }

  #keep(bytes: Buffer): void {
    this.#kept = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
  }
}

function headerValue(rawHeaders: readonly Buffer[], name: string): string | undefined {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length !== name.length) continue;
    if (candidate.toString('latin1').toLowerCase() === name) return rawHeaders[index + 1]?.toString('latin1');
  }
  return undefined;
}
