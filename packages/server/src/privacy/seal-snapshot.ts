import type { JsonObject } from '@credence/contract';
import type { EventRow } from '../db/queries/events.ts';
import type { SealingKey } from './envelope.ts';
import { sealJson, unsealJson } from './vault.ts';
import type { PersonalAttributes } from './document.ts';
import type { Snapshot } from './snapshot.ts';

type SealedParts = Pick<EventRow, 'sealedFor' | 'sealed'>;

/** Where the envelope of one person in one event belongs. */
function place(environmentId: string, eventId: string, personId: string): string {
  return `events/${environmentId}/${eventId}/${personId}`;
}

/** Seals the personal attributes of a snapshot, an envelope for each person in it. */
export function sealSnapshot(
  environmentId: string,
  eventId: string,
  { personal, owners }: Pick<Snapshot, 'personal' | 'owners'>,
  keys: ReadonlyMap<string, SealingKey>,
): SealedParts {
  const persons = [...new Set(owners.values())];
  if (persons.length === 0) return { sealedFor: null, sealed: null };
  const sealed = persons.map((person) => {
    const key = keys.get(person);
    if (key === undefined) throw new Error(`No key to seal what event ${eventId} says about ${person}.`);
    const part = [...personal].filter(([index]) => owners.get(index) === person);
    return sealJson(key, place(environmentId, eventId, person), Object.fromEntries(part));
  });
  return { sealedFor: persons, sealed };
}

/** Opens what `sealSnapshot` closed, as far as the keys still exist. */
export function unsealSnapshot(
  environmentId: string,
  eventId: string,
  { sealedFor, sealed }: SealedParts,
  keys: ReadonlyMap<string, SealingKey>,
): PersonalAttributes {
  const personal = new Map<number, JsonObject>();
  sealedFor?.forEach((person, index) => {
    const key = keys.get(person);
    const envelope = sealed?.[index];
    if (key === undefined || envelope === undefined) return;
    const part = unsealJson(key, place(environmentId, eventId, person), envelope);
    // sealSnapshot wrote it: attributes by index.
    for (const [at, attributes] of Object.entries(part)) personal.set(Number(at), attributes as JsonObject);
  });
  return personal;
}
