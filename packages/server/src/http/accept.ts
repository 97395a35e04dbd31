import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.ts';

/** Throws `not_acceptable` where the header `Accept` is there and takes no JSON: an answer is nothing else. */
export function requireJsonAccepted(accept: string | undefined): void {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return;
  // The range that says most about JSON decides, so that `*/*, application/json;q=0` does not take it.
  const quality = ranges.map((range) => qualityOf(accept, range)).find((each) => each !== undefined);
  if (quality !== undefined && quality > 0) return;
  throw new Refusal('not_acceptable', {
    details: 'Answers are application/json; the header Accept must take it.',
  });
}

/** Throws `unsupported_media_type` where the body is compressed: it would be read as garbage. */
export function requirePlainBody({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new Refusal('unsupported_media_type', {
    details: 'The request body must be sent without a Content-Encoding.',
  });
}

/** What JSON:API clients name is taken for JSON, since its answers are. */
const ranges = ['application/json', 'application/vnd.api+json', 'application/*', '*/*'];

/** Undefined where the header does not name the range; a quality that is no number counts as 1. */
function qualityOf(accept: string, wanted: string): number | undefined {
  for (const entry of accept.split(',')) {
    const [range = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    if (range !== wanted) continue;
    const given = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = given === undefined ? 1 : Number(given.slice(2));
    return Number.isNaN(quality) ? 1 : quality;
  }
  return undefined;
}
