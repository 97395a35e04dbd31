import { describe, inject } from 'vitest';

/**
 * Runs the tests of another file on the system's PostgreSQL, too. A file that calls this is named
 * `<name of the other>-on-system-postgres.test.ts`, by which vitest.config.ts knows it.
 */
export function onSystemPostgres(load: () => Promise<unknown>): void {
  const version = inject('systemPostgres');
  const title =
    version === undefined
      ? "on the system's PostgreSQL (skipped: there is none of version 15 to 18 that runs)"
      : `on PostgreSQL ${version}`;
  describe.skipIf(version === undefined)(title, async () => {
    await load();
  });
}
