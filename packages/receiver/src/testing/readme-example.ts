import { isNewer, memoryDeduplicator, receive, resourceKey } from '@credence/receiver';
import type { EventPosition, WebhookEvent } from '@credence/receiver';

const deduplicator = memoryDeduplicator();
const applied = new Map<string, EventPosition>();

/** Works with every server that speaks the Fetch API; with Node pass `request.headers` and the body's bytes. */
export async function POST(request: Request): Promise<Response> {
  const reception = await receive(
    { headers: request.headers, rawBody: new Uint8Array(await request.arrayBuffer()) },
    { secret: (process.env['WEBHOOK_SECRET'] ?? '').split(','), deduplicator, handle: applyIfNewer },
  );
  return new Response(reception.reason, { status: reception.status });
}

function applyIfNewer(event: WebhookEvent): void {
  const key = resourceKey(event);
  if (!isNewer(event, applied.get(key))) return;
  applied.set(key, event);
  console.log(event.name, event.payload.data.id);
}
