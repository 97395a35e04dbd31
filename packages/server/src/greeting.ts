import type { Config } from './config.ts';
import type { RunningServer } from './server.ts';
import { version } from './version.ts';

/** Of the server, or of the first of its processes. */
export type Greeted = Pick<RunningServer, 'url' | 'bootstrap' | 'databaseLocation'>;

/** What a person reads who has just started the server. The only place that ever shows a key. */
export function greeting(config: Config, { url, bootstrap, databaseLocation }: Greeted): string {
  const lines = [
    `Credence ${version} listens on ${url}`,
    `  data directory    ${config.dataDir}`,
    `  database          ${config.databaseUrl === undefined ? `embedded PostgreSQL in ${databaseLocation}` : 'DATABASE_URL'}`,
    ...(config.processes === 1 ? [] : [`  processes         ${String(config.processes)}`]),
    ...bootstrap.templates.flatMap((template) => [
      `  inquiry template  ${template.id}  ${template.name}`,
      ...template.verificationTemplates.map(({ id, kind }) => `    verification    ${id}  ${kind}`),
    ]),
    ...keyLines(bootstrap),
  ];
  return `${lines.join('\n')}\n`;
}

function keyLines({
  newSandboxKey,
  isFirstStart,
  isConfiguredKeyIgnored,
}: RunningServer['bootstrap']): string[] {
  if (newSandboxKey !== undefined) {
    return [
      '',
      `  sandbox API key   ${newSandboxKey}`,
      '                    Shown this once and kept nowhere: copy it now.',
    ];
  }
  if (isFirstStart) return ['  sandbox API key   the value of CREDENCE_BOOTSTRAP_SANDBOX_KEY'];
  if (!isConfiguredKeyIgnored) return [];
  return ['  CREDENCE_BOOTSTRAP_SANDBOX_KEY is ignored: this database had its first sandbox key already.'];
}
