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

  begin(status: number, retryAfter: string | undefined): void {
    this.status = status;
    this.retryAfter = retryAfter;
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

  /** Copied: the memory that it came in is used again. */
  #keep(bytes: Buffer): void {
    this.#kept = this.#kept.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#kept, bytes]);
  }
}
