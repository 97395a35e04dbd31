import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../', import.meta.url));
export const serverMain = fileURLToPath(new URL('../../packages/server/dist/main.js', import.meta.url));

let built: Promise<void> | undefined;

/**
 * Builds the server where its sources changed since it was built, once for all test files: the bootstrap holds a lock.
 * `npm test` has built already, so that this is a look at a few stamps.
 */
export function ensureBuilt(): Promise<void> {
  return (built ??= build());
}

async function build(): Promise<void> {
  const script = `const { bootstrap } = await import(process.argv[1]); await bootstrap({ build: '.' });`;
  const bootstrap = new URL('../../scripts/bootstrap.mjs', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, bootstrap], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The server could not be built:\n${output}`);
}
