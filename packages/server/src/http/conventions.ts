import {
  isServedApiVersion,
  servedApiVersions,
  type ApiVersion,
  type KeyInflection,
} from '@credence/contract';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';

/** How a request wants to be answered. */
export interface Conventions {
  readonly version: ApiVersion;
  readonly inflection: KeyInflection;
}

/** What the caller's key says where the request says nothing. */
interface KeyConventions {
  readonly apiVersion: string;
  readonly keyInflection: KeyInflection;
}

/** Reads `Persona-Version` and `Key-Inflection`. Throws `bad_request`, which names what is served. */
export function readConventions(call: Pick<Call, 'header'>, key: KeyConventions): Conventions {
  const version = call.header('persona-version') ?? key.apiVersion;
  if (!isServedApiVersion(version)) {
    throw refuse(`Persona-Version must be one of ${servedApiVersions.join(', ')}`);
  }
  const inflection = call.header('key-inflection') ?? key.keyInflection;
  if (inflection !== 'kebab' && inflection !== 'camel' && inflection !== 'snake') {
    throw refuse('Key-Inflection must be one of kebab, camel, snake');
  }
  return { version, inflection };
}

function refuse(details: string): Refusal {
  return new Refusal('bad_request', { details });
}
