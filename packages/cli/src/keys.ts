import { createKey, listKeys, setDisclosure } from '@credence/server';
import { Command, Option } from 'commander';
import { keyTable } from './key-table.ts';
import type { Terminal } from './terminal.ts';
import { withOperator } from './with-operator.ts';

/**
 * `credence keys …`: works on the database that the environment names, while the server runs and while it is stopped.
 * A running server holds to a change from its next request on.
 */
export function keysCommand(terminal: Terminal): Command {
  return new Command('keys')
    .description('list, create and change the keys of the API, in the database that the settings name')
    .addCommand(listCommand(terminal))
    .addCommand(createCommand(terminal))
    .addCommand(discloseCommand(terminal));
}

function listCommand(terminal: Terminal): Command {
  return new Command('list').description('list all keys, without their values').action(() =>
    withOperator(terminal, async (operator) => {
      terminal.stdout.write(keyTable(await listKeys(operator)));
    }),
  );
}

interface CreateOptions {
  readonly environment: string;
  readonly name: string;
  readonly disclose: readonly string[];
}

function createCommand(terminal: Terminal): Command {
  return new Command('create')
    .description('make a key and print its value, this once')
    .addOption(environmentOption().makeOptionMandatory())
    .requiredOption('--name <name>', 'what it is for')
    .option('--disclose <pattern...>', 'personal attributes that answers to it show, such as name-first', [])
    .action(({ environment, name, disclose }: CreateOptions) =>
      withOperator(terminal, async (operator) => {
        const { id, value } = await createKey(operator, { environment, name, discloses: disclose });
        terminal.stderr.write(
          `Made ${environment} key ${id}. Its value is shown this once and kept nowhere:\n`,
        );
        terminal.stdout.write(`${value}\n`);
      }),
    );
}

function environmentOption(): Option {
  return new Option('--environment <environment>', 'whose data it opens').choices(['sandbox', 'production']);
}

function discloseCommand(terminal: Terminal): Command {
  return new Command('disclose')
    .description('replace the list of personal attributes that answers to a key show')
    .argument('<key-id>', 'as `credence keys list` shows it')
    .argument(
      '[patterns...]',
      'such as name-first or /data/attributes/fields/address-*; none: nothing is shown',
    )
    .action((keyId: string, patterns: readonly string[]) =>
      withOperator(terminal, async (operator) => {
        await setDisclosure(operator, keyId, patterns);
        const what = patterns.length === 0 ? 'nothing' : patterns.join(' ');
        terminal.stderr.write(`Key ${keyId} now discloses ${what}.\n`);
      }),
    );
}
