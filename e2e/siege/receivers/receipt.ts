import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { readDeliveryHeaders, verifySignature } from '@credence/receiver';
import type { Receipt } from '../history.ts';

/** A line of the record. What was not verified is kept whole: its secret may be learnt later. */
export interface RecordedReceipt extends Receipt {
  readonly raw?: Raw | undefined;
}

export interface Raw {
  readonly header: string;
  readonly body: string;
}

export interface Arrived {
  readonly key: string;
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a receiver knows of a request: all but its own answer. Never throws. */
export function readReceipt(arrived: Arrived, secrets: readonly string[]): Omit<RecordedReceipt, 'answered'> {
  const header = String(arrived.headers['persona-signature'] ?? '');
  const signed = checkSignature(header, arrived.body, secrets);
  const groups = header.split('v1=').length - 1;
  const isComplete = signed.refusal === undefined && signed.secrets.length === groups;
  return {
    key: arrived.key,
    atMs: arrived.atMs,
    signedAtMs: arrived.atMs - ageMs(header),
    ...readEvent(arrived.body),
    attempt: readDeliveryHeaders(arrived.headers).attemptsMade,
    ...signed,
    ...(isComplete ? {} : { raw: { header, body: arrived.body.toString('base64') } }),
  };
}

/** Since the moment that the signature names. */
function ageMs(header: string): number {
  const seconds = Number(/\bt=(\d+)/.exec(header)?.[1]);
  return Number.isNaN(seconds) ? 0 : Math.max(0, Date.now() - seconds * 1_000);
}

/** An event of the load's own is no resource, so that the kit's `parseEvent` does not take it. */
function readEvent(body: Buffer): Pick<Receipt, 'eventId' | 'environment'> {
  try {
    const { data } = JSON.parse(body.toString('utf8')) as {
      readonly data: {
        readonly id: string;
        readonly attributes: { readonly payload: { environment?: string } };
      };
    };
    return { eventId: data.id, environment: data.attributes.payload.environment };
  } catch {
    return { eventId: undefined, environment: undefined };
  }
}

/** With each secret alone, so that it is known which of them signed. */
export function checkSignature(
  header: string,
  body: Buffer,
  secrets: readonly string[],
  toleranceSeconds?: number,
): { refusal: string | undefined; secrets: number[] } {
  const results = (secrets.length === 0 ? [''] : secrets).map((secret) =>
    verifySignature({ header, rawBody: body, secret, toleranceSeconds }),
  );
  const matching = results.flatMap((result, index) => (result.ok ? [index] : []));
  const [first] = results;
  const refusal = matching.length > 0 || first === undefined || first.ok ? undefined : first.code;
  return { refusal, secrets: matching };
}

/** The receivers' log: one line of JSON a request, on disk. */
export class ReceiptFile {
  readonly #file;
  #lines = 0;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  write(receipt: RecordedReceipt): void {
    this.#lines += 1;
    this.#file.write(`${JSON.stringify(receipt)}\n`);
  }

  /** Resolves with the number of lines when all are on disk. */
  async end(): Promise<number> {
    this.#file.end();
    await once(this.#file, 'finish');
    return this.#lines;
  }
}
