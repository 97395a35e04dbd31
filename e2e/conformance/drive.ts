import type { ApiRequest } from './exchange.ts';
import { provocationsFor, unknownIdFor, type Operation } from './generic.ts';
import type { Ask, Caller, Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** What kept a provocation from being sent. */
export interface Stumble {
  readonly operation: string;
  readonly wanted: number;
  readonly reason: string;
}

/**
 * Drives one operation to each status that the document lists for it, but 429. Returns what could not be sent. What
 * succeeds is asked for without and with everything that the document lets `include` name.
 */
export async function drive(world: World, operation: Operation, scenario: Scenario): Promise<Stumble[]> {
  const stumbles: Stumble[] = [];
  const untouched = requestOf(operation, { id: unknownIdFor(operation) ?? '' });
  await world.exchange('nobody', untouched, 401);
  // Whoever may do nothing is refused before anything is looked up, so that the id of nothing will do.
  if (typeof scenario[403] !== 'string') await world.exchange('powerless', untouched, 403);
  for (const status of operation.statuses) {
    const provocations = provocationsFor(operation, scenario, status);
    if (typeof provocations === 'string') continue;
    for (const provocation of provocations) {
      for (const [caller, includes] of variantsFor(operation, status)) {
        try {
          const given = await provocation(world.makers);
          if (given.before !== undefined) await world.exchange(caller, requestOf(operation, given.before));
          const query = given.query ?? includes;
          await world.exchange(given.caller ?? caller, requestOf(operation, { ...given, query }), status);
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          stumbles.push({ operation: operation.name, wanted: status, reason });
        }
      }
    }
  }
  return stumbles;
}

type Variant = readonly [caller: Caller, query: string];

function variantsFor({ includes }: Operation, status: number): readonly Variant[] {
  if (status >= 300) return [['plain', '']];
  if (includes.length === 0)
    return [
      ['plain', ''],
      ['disclosing', ''],
    ];
  const query = `?include=${includes.join(',')}`;
  return [
    ['plain', ''],
    ['plain', query],
    ['disclosing', query],
  ];
}

export function requestOf({ method, path }: Operation, { id, query = '', body, headers }: Ask): ApiRequest {
  return {
    method: method.toUpperCase(),
    path: `${path.replace(/\{[^}]+\}/, id ?? '')}${query}`,
    ...(body !== undefined && { body }),
    ...(headers && { headers }),
  };
}
