import type { EmbeddedPostgres } from '../embedded-postgres.ts';
import { EmbeddedPostgresError } from '../error.ts';
import { thisHost, type Host } from '../host.ts';
import { startOn } from '../start.ts';

/** What a test tells its child, as JSON in the first argument. */
export interface Task {
  readonly dataDir: string;
  readonly host: Partial<Host>;
  readonly settings: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
}

export type Report =
  | { readonly kind: 'log'; readonly event: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'stopped' }
  | ({ readonly kind: 'ready' } & Pick<EmbeddedPostgres, 'connection' | 'version' | 'location' | 'attached'>);

function report(message: Report): void {
  process.send?.(message);
}

async function main(task: Task): Promise<void> {
  process.on('SIGINT', () => undefined);
  const postgres = await startOn(
    { ...thisHost(), ...task.host },
    {
      dataDir: task.dataDir,
      settings: task.settings,
      env: { ...process.env, ...task.env },
      log: (event, fields) => report({ kind: 'log', event, fields }),
    },
  );
  const { connection, version, location, attached } = postgres;
  report({ kind: 'ready', connection, version, location, attached });
  process.once('message', () => {
    void postgres.stop().then(() => {
      report({ kind: 'stopped' });
      process.disconnect();
    });
  });
}

// The parent that starts us gives the task.
const task: Task = JSON.parse(process.argv[2] ?? '{}');
try {
  await main(task);
} catch (error) {
  const code = error instanceof EmbeddedPostgresError ? error.code : 'none';
  report({
    kind: 'failed',
    code,
    message: error instanceof Error ? `${error.message}\n${error.stack}` : String(error),
  });
  process.disconnect();
}
