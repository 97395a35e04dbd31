import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A file that is written by a program and committed, so that a change of it is seen in review. */
export interface GeneratedFile {
  readonly file: URL;
  readonly text: string;
  /** What brings the file up to date. */
  readonly command: string;
}

/** Writes the file, or, with the argument `--verify`, only looks: exit code 1 says that it is stale. */
export async function writeOrVerify({ file, text, command }: GeneratedFile): Promise<void> {
  const path = fileURLToPath(file);
  if (!process.argv.includes('--verify')) {
    await writeFile(path, text);
    process.stdout.write(`Wrote ${path}\n`);
    return;
  }
  // One that is not there is stale too; any other fault of reading shows again when the command is run.
  const committed = await readFile(path, 'utf8').catch(() => undefined);
  if (committed === text) return;
  process.stderr.write(`${path} is out of date. Run: ${command}\n`);
  process.exitCode = 1;
}
