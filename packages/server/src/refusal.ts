import { errorCatalogue, type ErrorCode } from '@credence/contract';

export interface RefusalOptions {
  /** What was wrong, what was expected and where. Shown to the client. */
  readonly details?: string;
  /** JSON pointer into the request body. */
  readonly pointer?: string;
  readonly cause?: unknown;
}

/** A refusal that the client is told about. Everything else that is thrown is a bug. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly details: string | undefined;
  readonly pointer: string | undefined;

  constructor(code: ErrorCode, options: RefusalOptions = {}) {
    super(options.details ?? errorCatalogue[code].title, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.pointer = options.pointer;
  }
}
