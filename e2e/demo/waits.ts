import type { Arrival } from './receiver.ts';
import type { Scene } from './stage.ts';
import type { World } from './world.ts';

/** A clock in another process may be this much ahead of ours; earlier is broken. */
const earlyMs = 20;
/** The server is late by milliseconds; the rest is for a machine that is busy with something else. */
const lateMs = 2_000;

export interface Wait {
  readonly first: Arrival;
  readonly second: Arrival;
  readonly plannedMs: number;
}

/** A wait counts from the end of the failed attempt to the beginning of the next one. */
export function measureWait(world: World, scene: Scene, { first, second, plannedMs }: Wait): number {
  const measuredMs = second.atMs - first.answeredAtMs;
  world.retries.push({ plannedMs, measuredMs });
  scene.expect(
    `a retry planned after ${seconds(plannedMs)} is on time (it came after ${seconds(measuredMs, 3)})`,
    measuredMs >= plannedMs - earlyMs && measuredMs <= plannedMs + lateMs,
  );
  return measuredMs;
}

export function showWait(world: World, scene: Scene, wait: Wait): void {
  const measuredMs = measureWait(world, scene, wait);
  scene.detail(`planned wait ${seconds(wait.plannedMs)}, measured ${seconds(measuredMs, 3)}`);
}

/** `3 s`, `3.004 s` */
export function seconds(ms: number, decimals = 0): string {
  return `${(ms / 1000).toFixed(decimals)} s`;
}
