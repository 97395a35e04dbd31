import type { Asked, Span, Status, StatusChange } from '../history.ts';

/** What a webhook was during all of a span; undefined while a change was under way in it. */
export function statusDuring(changes: readonly StatusChange[], { fromMs, toMs }: Span): Status | undefined {
  if (changes.some((change) => overlaps(change, { fromMs, toMs }))) return undefined;
  // It is born disabled.
  return changes.findLast(({ doneAtMs }) => doneAtMs <= fromMs)?.to ?? 'disabled';
}

function overlaps({ sentAtMs, doneAtMs }: Asked, { fromMs, toMs }: Span): boolean {
  return sentAtMs < toMs && doneAtMs > fromMs;
}

/** How much of a span none of the pauses covers. Pauses may overlap. */
export function awakeMs({ fromMs, toMs }: Span, pauses: readonly Span[]): number {
  const inside = pauses
    .map((pause) => ({ fromMs: Math.max(pause.fromMs, fromMs), toMs: Math.min(pause.toMs, toMs) }))
    .filter((pause) => pause.toMs > pause.fromMs)
    .toSorted((one, other) => one.fromMs - other.fromMs);
  let asleepMs = 0;
  let coveredMs = fromMs;
  for (const pause of inside) {
    asleepMs += Math.max(0, pause.toMs - Math.max(pause.fromMs, coveredMs));
    coveredMs = Math.max(coveredMs, pause.toMs);
  }
  return toMs - fromMs - asleepMs;
}
