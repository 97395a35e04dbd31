import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The paths that an absolute pattern with at most one `*` in each segment matches; the highest version first
 * (so that PostgreSQL 17 is tried before 9.6). `fs.glob` is newer than the Node.js we support.
 */
export async function expandGlob(pattern: string): Promise<readonly string[]> {
  let found: readonly string[] = ['/'];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    found = (await Promise.all(found.map((folder) => matches(folder, segment)))).flat();
  }
  return found;
}

async function matches(folder: string, segment: string): Promise<readonly string[]> {
  const star = segment.indexOf('*');
  if (star === -1) {
    const path = join(folder, segment);
    return (await exists(path)) ? [path] : [];
  }
  const [prefix, suffix] = [segment.slice(0, star), segment.slice(star + 1)];
  const names = await readdir(folder).catch(() => []);
  return names
    .filter(
      (name) =>
        name.length >= prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix),
    )
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(folder, name));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
