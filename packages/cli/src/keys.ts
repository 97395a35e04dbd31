import { createKey, expireKey, listKeys, setDisclosure } from '@credence/server';
import { Command, InvalidArgumentError, Option } from 'commander';
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
    .addCommand(discloseCommand(terminal))
    .addCommand(expireCommand(terminal))
    .addHelpText(
      'after',
      '\nThe first key that can manage keys over the API:\n' +
        '  credence keys create --environment production --name admin --permission all\n' +
        'It can give other keys what it has itself, and no more.',
    );
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
  readonly permission?: readonly string[];
  readonly allow?: readonly string[];
  readonly note?: string;
  readonly expiresInSeconds?: number;
}

function createCommand(terminal: Terminal): Command {
  return new Command('create')
    .description('make a key and print its value, this once')
    .addOption(environmentOption().makeOptionMandatory())
    .requiredOption('--name <name>', 'what it is for')
    .option('--disclose <pattern...>', 'personal attributes that answers to it show, such as name-first', [])
    .option(
      '--permission <name...>',
      'what it may do, such as inquiry.read; `all` for everything (default: everything but api_key.read and api_key.write)',
    )
    .option(
      '--allow <address...>',
      'where it may be used from, such as 10.0.0.0/8 or fd00::1 (default: anywhere)',
    )
    .option('--note <text>', 'anything to remember about it')
    .option('--expires-in-seconds <seconds>', 'when it ends (default: never)', wholeNumber)
    .action(({ environment, name, disclose, permission, allow, note, expiresInSeconds }: CreateOptions) =>
      withOperator(terminal, async (operator) => {
        const { id, value } = await createKey(operator, {
          environment,
          name,
          discloses: disclose,
          permissions: permission,
          addresses: allow,
          note,
          expiresInSeconds,
        });
        terminal.stderr.write(
          `Made ${environment} key ${id}. Its value is shown this once and kept nowhere:\n`,
        );
        terminal.stdout.write(`${value}\n`);
      }),
    );
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number is expected.');
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

function expireCommand(terminal: Terminal): Command {
  return new Command('expire')
    .description('end a key, at once or after a delay; it is refused from then on, for good')
    .argument('<key-id>', 'as `credence keys list` shows it')
    .option('--in-seconds <seconds>', 'how long it is still taken', wholeNumber, 0)
    .action((keyId: string, { inSeconds }: { readonly inSeconds: number }) =>
      withOperator(terminal, async (operator) => {
        const expiresAt = await expireKey(operator, keyId, inSeconds);
        terminal.stderr.write(`Key ${keyId} ends at ${expiresAt.toISOString()}.\n`);
      }),
    );
}
