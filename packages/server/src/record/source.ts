import type { Transaction } from '../db/database.ts';
import type { DeliveryRow } from '../db/queries/delivery-record.ts';
import { walkOfEvents } from '../db/queries/deliveries-of-events.ts';
import {
  promptMs,
  walkByTime,
  walkFailedOfWebhook,
  walkPrompt,
  walkUnattempted,
  type Direction,
  type TimePlace,
  type WalkedRow,
  type WalkFilter,
  type WalkStep,
} from '../db/queries/delivery-walks.ts';
import { firstIdAt } from '../id.ts';
import { latestMs, type Place } from './place.ts';

/** A step of a source. */
export interface Step {
  readonly rows: readonly DeliveryRow[];
  /** Rows that were read for it. */
  readonly read: number;
  /** What the source has yet to give lies behind this place. undefined: it has given all. */
  readonly frontier: Place | undefined;
}

/** Deliveries of one kind, roughly in the order of the search. */
export interface Source {
  readonly step: (limit: number) => Promise<Step>;
}

export interface SourceOptions {
  readonly tx: Transaction;
  readonly environmentId: string;
  readonly direction: Direction;
  /** Where the search begins. */
  readonly start: Place;
  readonly filter: WalkFilter;
}

export function placeOf({ updatedAt, id }: DeliveryRow): Place {
  return { atMs: updatedAt.getTime(), id };
}

function toTimePlace({ atMs, id }: Place): TimePlace {
  return { at: new Date(Math.min(Math.max(atMs, 0), latestMs)), id };
}

/** A walk whose rows come exactly in the order of the search. */
function inOrder(
  { start }: SourceOptions,
  walk: (beyond: TimePlace, limit: number) => Promise<readonly (DeliveryRow & Partial<WalkedRow>)[]>,
): Source {
  let place = start;
  return {
    async step(limit) {
      const found = await walk(toTimePlace(place), limit);
      const last = found.at(-1);
      const read = last?.walked ?? found.length;
      if (last !== undefined) place = placeOf(last);
      const rows = found.filter(({ passes }) => passes !== false);
      return { rows, read, frontier: read < limit ? undefined : place };
    },
  };
}

function stepOf({ environmentId, direction, filter }: SourceOptions, limit: number): WalkStep {
  return { environmentId, direction, filter, limit };
}

export function walkedByTime(options: SourceOptions, kind: 'attempted' | 'late' | 'failed'): Source {
  return inOrder(options, (beyond, limit) => walkByTime(options.tx, kind, stepOf(options, limit), beyond));
}

export function failedOfWebhook(options: SourceOptions, webhookId: string): Source {
  return inOrder(options, (beyond, limit) =>
    walkFailedOfWebhook(options.tx, stepOf(options, limit), webhookId, beyond),
  );
}

export function ofEvents(options: SourceOptions, eventIds: readonly string[]): Source {
  const { tx, environmentId, direction } = options;
  return inOrder(options, (beyond, limit) =>
    walkOfEvents(tx, environmentId, eventIds, { direction, beyond, limit }),
  );
}

/** What was asked for by its ids: all of it at once. */
export function givenRows(find: () => Promise<readonly DeliveryRow[]>): Source {
  return {
    async step() {
      const rows = await find();
      return { rows, read: rows.length, frontier: undefined };
    },
  };
}

/**
 * A walk along the ids. A delivery changes up to `spreadMs` after its creation, so what is yet to come may have changed
 * that much later than the last one was made.
 */
function alongIds(
  options: SourceOptions,
  spreadMs: number,
  walk: (step: WalkStep, beyondId: string) => Promise<readonly WalkedRow[]>,
): Source {
  const { direction, start } = options;
  const isBackwards = direction === 'desc';
  let beyondId = isBackwards ? deliveryIdAt(start.atMs + 1) : deliveryIdAt(start.atMs - spreadMs);
  return {
    async step(limit) {
      const found = await walk(stepOf(options, limit), beyondId);
      const last = found.at(-1);
      if (last === undefined) return { rows: [], read: 0, frontier: undefined };
      beyondId = last.id;
      const atMs = last.createdAt.getTime() + (isBackwards ? spreadMs : 0);
      return {
        rows: found.filter(({ passes }) => passes),
        read: last.walked,
        frontier: last.walked < limit ? undefined : { atMs, id: spreadMs === 0 ? last.id : '' },
      };
    },
  };
}

export function unattempted(options: SourceOptions): Source {
  return alongIds(options, 0, (step, beyondId) => walkUnattempted(options.tx, step, beyondId));
}

export function endedPromptly(options: SourceOptions): Source {
  return alongIds(options, promptMs, (step, beyondId) => walkPrompt(options.tx, step, beyondId));
}

/** The latest moment that an id can carry. */
const lastIdMs = 58 ** 8 - 1;

function deliveryIdAt(atMs: number): string {
  return firstIdAt('delivery', Math.min(Math.max(atMs, 0), lastIdMs));
}
