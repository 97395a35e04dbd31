import type { Clock } from '../clock.ts';

const stepMs = 10;
const steps = 25;

/** Resolves once `isPressed` is false, a quarter of a second later at most. */
export async function untilUnpressed(clock: Clock, isPressed: () => boolean): Promise<void> {
  for (let step = 0; step < steps && isPressed(); step += 1) {
    await new Promise<void>((resolve) => clock.schedule(clock.nowMs() + stepMs, resolve));
  }
}
