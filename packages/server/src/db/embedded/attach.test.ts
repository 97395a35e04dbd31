import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { findPostmaster } from './attach.ts';
import { pidFilePath } from './pid-file.ts';
import { makeFolder, removeWorld } from './testing/world.ts';

afterAll(removeWorld);

/** The id of a process that is gone. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('a killed server whose socket answers for a moment longer is not taken for one in another container', async () => {
  const folder = await makeFolder();
  const file = [await deadPid(), folder, 0, 5432, folder, '', '', 'ready', ''];
  await writeFile(pidFilePath(folder), file.join('\n'));
  let connections = 0;
  // What a process that it had just forked does: it holds the socket open, and ends.
  const orphan = createServer((socket) => {
    connections += 1;
    socket.destroy();
    if (connections === 3) orphan.close();
  });
  orphan.listen(join(folder, '.s.PGSQL.5432'));
  await once(orphan, 'listening');
  onTestFinished(() => {
    orphan.close();
  });
  expect(await findPostmaster(folder)).toBeUndefined();
  expect(connections).toBe(3);
});
