/** A piece of a list, newest first: what comes after one id, or before one. */
export interface Page {
  readonly after: string | null;
  readonly before: string | null;
  readonly size: number;
}
