import { errorCatalogue } from '@credence/contract';
import type { Refusal } from '../refusal.ts';

/** A refusal as it goes over the wire: its status and its JSON. */
export function errorBody({ code, details, pointer }: Refusal): { status: number; body: string } {
  const { status, title } = errorCatalogue[code];
  const error = {
    title,
    ...(details === undefined || status === 401 ? {} : { details }),
    ...(pointer === undefined ? {} : { source: { pointer } }),
  };
  return { status, body: JSON.stringify({ errors: [error] }) };
}
