import * as approval from './scenes/approval.ts';
import * as attack from './scenes/attack.ts';
import * as disclosure from './scenes/disclosure.ts';
import * as duplicate from './scenes/duplicate.ts';
import * as redaction from './scenes/redaction.ts';
import * as retry from './scenes/retry.ts';
import type { Scene, Stage } from './stage.ts';
import type { World } from './world.ts';

/**
 * The first scene listens to every event, so it is alone; then all others run at the same time, each with an event
 * name of its own. Shown in the order of how long they wait, the reader waits for none but the last.
 */
export async function playAll(world: World, stage: Stage): Promise<void> {
  const first = stage.announce(approval.title, approval.introduction);
  const receiver = await played(first, () => approval.play(world, first));

  await Promise.all([
    follow(stage, disclosure, (scene) => disclosure.play(world, scene)),
    ...(receiver === undefined ? [] : [follow(stage, attack, (scene) => attack.play(receiver, scene))]),
    follow(stage, duplicate, (scene) => duplicate.play(world, scene)),
    follow(stage, redaction, (scene) => redaction.play(world, scene)),
    follow(stage, retry, (scene) => retry.play(world, scene)),
  ]);
}

function follow(
  stage: Stage,
  { title, introduction }: { readonly title: string; readonly introduction: string },
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const scene = stage.announce(title, introduction);
  return played(scene, () => play(scene));
}

/** A scene that cannot go on counts as an expectation that was not met; the others go on. */
async function played<Result>(scene: Scene, play: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await play();
  } catch (error) {
    scene.expect(`the scene can be played: ${error instanceof Error ? error.message : String(error)}`, false);
    return undefined;
  } finally {
    scene.end();
  }
}
