import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './packages/server/src/testing/slowest-first.ts';

/** Tests that change what a process shares: a mocked module, the list of routes, variables of the environment. */
const alone = [
  'packages/receiver/src/readme.test.ts',
  'packages/server/src/delivery/egress/transport-tls.test.ts',
  'packages/server/src/http/hold-to-reference.test.ts',
];
/** Tests of whole processes: they load little, and each ends what it started. */
const processes = [
  'e2e/**/*.test.ts',
  'examples/**/*.test.ts',
  'packages/server/src/db/{embedded,embedded/**/*}.test.ts',
];
const apart = [...alone, ...processes];
/** Tests of other files, once more: on the system's PostgreSQL, which is mostly older than the embedded one. */
const onSystemPostgres = ['packages/server/src/**/*-on-system-postgres.test.ts'];
const conditions = ['source'];

const project = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};
const common = {
  environment: 'node',
  pool: 'forks',
  maxWorkers: 3,
  testTimeout: 30_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  ...project,
  test: {
    globalSetup: ['packages/server/src/testing/global-setup.ts'],
    maxWorkers: common.maxWorkers,
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        ...project,
        test: {
          ...common,
          name: 'apart',
          include: apart,
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: ['e2e/testing/global-setup.ts'],
        },
      },
      {
        ...project,
        test: {
          ...common,
          name: 'system-postgres',
          include: onSystemPostgres,
          globalSetup: ['packages/server/src/testing/system-postgres-setup.ts'],
        },
      },
      {
        ...project,
        test: {
          ...common,
          name: 'together',
          include: ['packages/*/src/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...apart, ...onSystemPostgres],
          // To load the server takes a second, and there are more than a hundred files: a process loads it once.
          isolate: false,
        },
      },
    ],
  },
});
