import type { Breach } from './breach.ts';
import { markOf, type Case } from './case.ts';

/** What was acknowledged is in the database, under the id that was given and in the environment of the key. */
export function* judgeEvents({ history, events }: Case): Generator<Breach> {
  const byMark = new Map(
    history.events.map((event) => [event.ref ?? markOf(event.name, event.objectId ?? ''), event]),
  );
  for (const { ackedAtMs, makes, environment } of history.requests) {
    if (ackedAtMs === undefined) continue;
    for (const mark of makes) {
      const name = 'ref' in mark ? mark.ref : markOf(mark.name, mark.objectId);
      const event = byMark.get(name);
      const id = 'id' in mark ? mark.id : undefined;
      if (event === undefined || (id !== undefined && !events.has(id))) {
        const detail = `${name} (${id ?? 'no id'}) was acknowledged and is not in the database`;
        yield { kind: 'event lost', detail };
      } else if (event.environment !== environment) {
        const detail = `${event.id} was sent with a ${environment} key and is in ${event.environment}`;
        yield { kind: 'wrong environment', detail };
      }
    }
  }
}
