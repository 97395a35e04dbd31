import { readFileSync } from 'node:fs';

/** One delivery and what a receiver answers to it; see `vectors.json`. */
export interface Vector {
  readonly name: string;
  readonly secrets: readonly string[];
  /** `null` where the header is absent, a list where it is sent more than once. */
  readonly header: string | readonly string[] | null;
  readonly bodyBase64: string;
  /** Unix seconds. */
  readonly now: number;
  readonly expected:
    | { readonly status: 200; readonly id: string; readonly name: string }
    | { readonly status: 400 | 401; readonly code: string };
}

export function readVectors(): readonly Vector[] {
  const text = readFileSync(new URL('../../vectors.json', import.meta.url), 'utf8');
  // The file is ours; a vector of another shape fails the tests that use it.
  const file = JSON.parse(text) as { readonly vectors: readonly Vector[] };
  return file.vectors;
}
