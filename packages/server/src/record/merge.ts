import type { DeliveryRow } from '../db/queries/delivery-record.ts';
import type { Direction } from '../db/queries/delivery-walks.ts';
import { comparePlaces, isAhead, type Place } from './place.ts';
import { placeOf, type Source } from './source.ts';

export interface MergeOptions {
  readonly direction: Direction;
  /** Where the search begins; this place itself is left out. */
  readonly start: Place;
  /** Nothing that is wanted lies behind it. */
  readonly end: Place;
  readonly wanted: number;
  readonly matches: (row: DeliveryRow) => boolean;
  /** Rows that may be read in all. */
  readonly budget: number;
}

export interface Merged {
  /** In the order of the search. */
  readonly rows: readonly DeliveryRow[];
  /** Where the search gave up, its budget spent; undefined where it has all that was wanted, or all there is. */
  readonly stoppedAt: Place | undefined;
}

const firstStep = 100;
const largestStep = 5_000;

interface Walk {
  readonly source: Source;
  frontier: Place | undefined;
}

/**
 * Brings several sources into one order. What has been read counts as soon as no source can still give something that
 * comes before it; until then, the source that is furthest behind reads on, in growing steps.
 */
export async function mergeSources(sources: readonly Source[], options: MergeOptions): Promise<Merged> {
  const { direction, start, end, wanted, budget } = options;
  let walks: Walk[] = sources.map((source) => ({ source, frontier: undefined }));
  let waiting: DeliveryRow[] = [];
  const rows: DeliveryRow[] = [];
  let read = 0;
  let size = firstStep;
  let behind = walks[0];
  while (behind !== undefined) {
    const step = await behind.source.step(size);
    read += step.read;
    size = Math.min(size * 2, largestStep);
    const fresh = step.rows.filter((row) => isAhead(start, placeOf(row), direction) && options.matches(row));
    waiting = [...waiting, ...fresh].sort(byPlace(direction));
    behind.frontier = step.frontier;
    if (step.frontier === undefined || isAhead(end, step.frontier, direction))
      walks = walks.filter((walk) => walk !== behind);
    behind = furthestBehind(walks, direction);
    const settled = behind?.frontier;
    if (behind === undefined || settled !== undefined) {
      const cut = settled === undefined ? -1 : firstBehind(waiting, settled, direction);
      rows.push(...waiting.splice(0, cut === -1 ? waiting.length : cut));
    }
    if (rows.length >= wanted) return { rows: rows.slice(0, wanted), stoppedAt: undefined };
    // Along the ids, a walk may have to read for a while before it comes past its own beginning.
    if (read >= budget && settled !== undefined && isAhead(start, settled, direction))
      return { rows, stoppedAt: settled };
  }
  return { rows, stoppedAt: undefined };
}

/** The first waiting row that a source may still give something before; -1 where there is none. */
function firstBehind(waiting: readonly DeliveryRow[], frontier: Place, direction: Direction): number {
  return waiting.findIndex((row) => isAhead(frontier, placeOf(row), direction));
}

/** A source that has not begun is further behind than any other. */
function furthestBehind(walks: readonly Walk[], direction: Direction): Walk | undefined {
  return walks.reduce<Walk | undefined>((worst, walk) => {
    if (worst?.frontier === undefined) return worst ?? walk;
    if (walk.frontier === undefined || isAhead(walk.frontier, worst.frontier, direction)) return walk;
    return worst;
  }, undefined);
}

function byPlace(direction: Direction): (one: DeliveryRow, other: DeliveryRow) => number {
  const sign = direction === 'asc' ? 1 : -1;
  return (one, other) => sign * comparePlaces(placeOf(one), placeOf(other));
}
