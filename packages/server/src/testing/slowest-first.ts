import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long because they wait or count, longest first. The others follow in whatever order: they take a
 * few seconds each, and fill what is left.
 */
const slowest = [
  'packages/server/src/delivery/egress/guard-space.test.ts',
  'e2e/siege/siege.test.ts',
  'e2e/generated-client/generated-client.test.ts',
  'e2e/conformance/conformance.test.ts',
  'e2e/shutdown.test.ts',
  'e2e/demo/demo.test.ts',
  'e2e/crash.test.ts',
  'packages/server/src/db/embedded.test.ts',
  'packages/server/src/db/embedded/places.test.ts',
];

/** The longest files begin first, so that none of them runs on alone at the end. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => place(one) - place(other));
  }
}

function place({ moduleId, project }: TestSpecification): number {
  const index = slowest.findIndex((name) => moduleId.endsWith(`/${name}`));
  if (index !== -1) return index;
  // A process that is shared ends when a file that is not comes next.
  return slowest.length + (project.config.isolate ? 0 : 1);
}
