import type { Arrival } from './receiver.ts';
import type { Stage } from './stage.ts';
import { paint } from './terminal.ts';
import type { World } from './world.ts';

/** What happened, in numbers: of the events as the API lists them, of the rest as the receivers saw it. */
export async function summarize(world: World, stage: Stage): Promise<string> {
  const events = await world.api.eventIds();
  const attempts = world.receivers.flatMap(({ deliveries }) => deliveries);
  const attacks = world.receivers.flatMap(({ attacks }) => attacks);
  const ends = world.receivers.flatMap(({ deliveries }) => lastAttempts(deliveries));
  const verified = attempts.filter(({ reception }) => reception.outcome !== 'refused').length;
  stage.expect('every delivery has a verified signature', verified === attempts.length);
  stage.expect(
    'every delivery ends with 200',
    ends.every(({ reception }) => reception.status === 200),
  );
  stage.expect(
    'every attempt beyond the first is a measured retry',
    attempts.length - ends.length === world.retries.length,
  );

  const retries = world.retries.toSorted((one, other) => one.plannedMs - other.plannedMs);
  const planned = retries.map(({ plannedMs }) => plannedMs / 1000).join(', ');
  const measured = retries.map(({ measuredMs }) => (measuredMs / 1000).toFixed(2)).join(', ');
  const duplicates = countOf([...attempts, ...attacks], 'duplicate');
  const rows = [
    ['events', events.length, 'recorded, each in one transaction with its change'],
    ['deliveries', ends.length, 'of one event to one webhook, each ended with a 200'],
    ['attempts', attempts.length, `${String(verified)} of them with a signature that was verified`],
    ['retries', retries.length, `after ${measured} s; planned: ${planned} s`],
    ['duplicates', duplicates, 'recognised by the event id: a retry and a replay'],
    ['forgeries', countOf(attacks, 'refused'), 'refused'],
  ] as const;
  const lines = rows.map(
    ([name, number, text]) => `   ${name.padEnd(12)}${String(number).padStart(4)}   ${text}`,
  );
  return `\n${paint('bold', 'Summary')}\n${lines.join('\n')}\n`;
}

/** Of each event at this receiver, the attempt that ended its delivery. */
function lastAttempts(deliveries: readonly Arrival[]): readonly Arrival[] {
  const byEvent = deliveries.map(
    (arrival) =>
      [arrival.reception.outcome === 'refused' ? '?' : arrival.reception.event.id, arrival] as const,
  );
  return [...new Map(byEvent).values()];
}

function countOf(arrivals: readonly Arrival[], outcome: Arrival['reception']['outcome']): number {
  return arrivals.filter(({ reception }) => reception.outcome === outcome).length;
}
