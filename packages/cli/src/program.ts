import { version } from '@credence/server';
import { Command } from 'commander';
import { keysCommand } from './keys.ts';
import type { Terminal } from './terminal.ts';

/** The whole command line. Its settings are those of the server, from the environment. */
export function createProgram(terminal: Terminal): Command {
  return new Command('credence')
    .description('Runs Credence and manages the keys of its API. Settings: docs/configuration.md.')
    .version(version, '-V, --version', 'print the version')
    .addCommand(startCommand())
    .addCommand(keysCommand(terminal))
    .addCommand(versionCommand(terminal));
}

function startCommand(): Command {
  return new Command('start')
    .description('run the server until SIGTERM or SIGINT, as `npm start` does')
    .action(async () => {
      // The program of the server itself: it reads the environment, answers signals and ends the process.
      await import('@credence/server/main');
    });
}

function versionCommand({ stdout }: Terminal): Command {
  return new Command('version').description('print the version').action(() => {
    stdout.write(`${version}\n`);
  });
}
