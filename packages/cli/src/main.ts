import { createProgram } from './program.ts';

/** The `credence` command. Exit code 1 and one message when it could not do what it was asked to. */
async function main(): Promise<void> {
  try {
    await createProgram(process).parseAsync();
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 1;
  }
}

await main();
