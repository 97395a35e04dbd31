import type { Call } from './call.ts';
import type { Reply } from './reply.ts';

/** What anybody may keep for five minutes; whoever has that version already is told only so. */
export function cachedReply(
  call: Call,
  tag: string,
  { body, contentType }: { readonly body: string | Buffer; readonly contentType: string },
): Reply {
  const headers = { ETag: tag, 'Cache-Control': 'public, max-age=300' };
  if (isKnown(call.header('if-none-match'), tag)) return { status: 304, body: null, headers };
  return { status: 200, body, headers: { ...headers, 'Content-Type': contentType } };
}

function isKnown(header: string | undefined, tag: string): boolean {
  const known = (header ?? '').split(',').map((part) => part.trim().replace(/^W\//, ''));
  return known.includes(tag) || known.includes('*');
}
