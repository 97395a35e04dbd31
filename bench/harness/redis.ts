import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { end } from './child.ts';

const exec = promisify(execFile);

export interface Redis extends AsyncDisposable {
  readonly socket: string;
  readonly pid: number;
  readonly version: string;
}

/** A Redis that flushes every write before it answers, in a folder of its own. Throws with why there is none. */
export async function startRedis(): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-bench-redis-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { program, env } = await findRedis(join(folder, 'program'));
    const { stdout } = await exec(program, ['--version'], { env });
    const socket = join(folder, 'redis.sock');
    const settings = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'];
    const child = spawn(program, [...settings, ...durable], { env, stdio: 'ignore' });
    await reachable(socket);
    return {
      socket,
      pid: child.pid ?? 0,
      version: /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown',
      async [Symbol.asyncDispose]() {
        await end(child);
        await remove();
      },
    };
  } catch (cause) {
    await remove();
    throw cause;
  }
}

interface Program {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/** On the PATH, or from the system's package, unpacked into `folder`: nothing is installed and no service started. */
async function findRedis(folder: string): Promise<Program> {
  for (const path of (process.env['PATH'] ?? '').split(':')) {
    const program = join(path, 'redis-server');
    const isThere = await access(program).then(
      () => true,
      () => false,
    );
    if (isThere) return { program, env: process.env };
  }
  await mkdir(folder);
  const packages = await missingPackages();
  // Its sandbox user may not write here; without it apt only warns.
  await exec('apt-get', ['download', '-q', ...packages], { cwd: folder, timeout: 60_000 });
  for (const file of await readdir(folder))
    if (file.endsWith('.deb')) await exec('dpkg', ['-x', file, '.'], { cwd: folder });
  const libraries = (await readdir(join(folder, 'usr/lib'))).map((name) => join(folder, 'usr/lib', name));
  const env = { ...process.env, LD_LIBRARY_PATH: [join(folder, 'usr/lib'), ...libraries].join(':') };
  return { program: join(folder, 'usr/bin/redis-server'), env };
}

/** What apt would install for redis-server on this system. */
async function missingPackages(): Promise<string[]> {
  const simulate = async (): Promise<string[]> => {
    const { stdout } = await exec('apt-get', ['install', '-s', '--no-install-recommends', 'redis-server']);
    return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  };
  try {
    return await simulate();
  } catch (cause) {
    // As an ordinary user the lists cannot be fetched.
    if (userInfo().uid !== 0) throw cause;
    await exec('apt-get', ['update', '-q'], { timeout: 60_000 });
    return simulate();
  }
}

async function reachable(path: string): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      socket.destroy();
    }
  }
  throw new Error('redis-server did not listen within five seconds.');
}
