// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { capture } from './child.mjs';
import { installationKey } from './install.mjs';
import { fromRoot } from './paths.mjs';

/**
 * A stamp in each project's `dist/` holds a hash of everything that its build read. While it is right, the compiler is
 * not even started; hashing all sources takes milliseconds, and unlike times it survives copies and check-outs.
 */
const stampName = 'dist/.built';

/**
 * @param {string} target directory of a tsconfig.json, relative to the root
 */
export function isBuilt(target) {
  return [...sourceHashes(target)].every(([project, hash]) => {
    const stamp = join(project, stampName);
    return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  });
}

/**
 * @param {string} target
 * @param {{ interruption: AbortSignal, onSpawn: (pid: number) => void }} options
 * @returns {Promise<string | undefined>} what the compiler said, when there were errors
 */
export async function build(target, options) {
  // Taken before: a source that changes while the compiler runs then asks for another build.
  const hashes = sourceHashes(target);
  for (const project of hashes.keys()) rmSync(join(project, stampName), { force: true });

  const tsc = fromRoot('node_modules/typescript/bin/tsc');
  const { exitCode, output } = await capture(
    [process.execPath, tsc, '-b', '--pretty', fromRoot(target)],
    options,
  );
  if (exitCode !== 0) return output;

  for (const [project, hash] of hashes) {
    mkdirSync(join(project, 'dist'), { recursive: true });
    writeFileSync(join(project, stampName), hash);
  }
  return undefined;
}

/**
 * @param {string} target
 * @returns {Map<string, string>} project directory → hash
 */
function sourceHashes(target) {
  const common = [installationKey(), readFileSync(fromRoot('tsconfig.base.json'), 'utf8')].join('\n');
  /** @type {Map<string, string>} */
  const hashes = new Map();
  addProject(resolve(fromRoot(target)), common, hashes);
  return hashes;
}

/**
 * @param {string} project
 * @param {string} common
 * @param {Map<string, string>} hashes
 * @returns {string}
 */
function addProject(project, common, hashes) {
  const known = hashes.get(project);
  if (known !== undefined) return known;
  /** @type {{ files?: string[], references?: { path: string }[] }} */
  const config = JSON.parse(readFileSync(join(project, 'tsconfig.json'), 'utf8'));
  const hash = createHash('sha256').update(common);
  for (const { path } of config.references ?? [])
    hash.update(addProject(resolve(project, path), common, hashes));
  // The root only refers to others and has no output of its own.
  if (config.files?.length === 0) return '';
  // What a project names itself is built wherever it is.
  const named = (config.files ?? []).map((file) => join(project, file));
  for (const file of [...sourceFiles(project), ...named])
    hash.update(`\0${file}\0`).update(readFileSync(file));
  const digest = hash.digest('hex');
  hashes.set(project, digest);
  return digest;
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function sourceFiles(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return isOutsideTheBuild(entry.name) ? [] : sourceFiles(path);
      return /(?<!\.test)\.ts$|^(?:package|tsconfig)\.json$/u.test(entry.name) ? [path] : [];
    });
}

/** @param {string} name of a directory */
function isOutsideTheBuild(name) {
  return ['node_modules', 'dist', 'testing', 'test'].includes(name) || name.startsWith('.');
}
