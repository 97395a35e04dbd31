import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asSealingKey, type SealingKey } from './envelope.ts';

/** 32 bytes as 64 hexadecimal digits, or as base64. Returns undefined when `text` is neither. */
export function parseMasterKey(text: string): SealingKey | undefined {
  const trimmed = text.trim();
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : base64(trimmed);
  return bytes?.length === 32 ? asSealingKey(bytes) : undefined;
}

function base64(text: string): Buffer | undefined {
  return /^[0-9A-Za-z+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Reads the master key of a data directory, and makes one, mode 0600, where there is none. */
export async function masterKeyFile(dataDir: string): Promise<SealingKey> {
  const path = join(dataDir, 'master.key');
  const found = await readKey(path);
  if (found !== undefined) return found;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeOnce(path, `${randomBytes(32).toString('hex')}\n`);
  const made = await readKey(path);
  if (made === undefined) throw new Error(`The master key file ${path} vanished while it was made.`);
  return made;
}

async function readKey(path: string): Promise<SealingKey | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new Error(`The master key file ${path} cannot be read.`, { cause });
  }
  const key = parseMasterKey(text);
  if (key === undefined) {
    throw new Error(
      `The master key file ${path} does not hold 64 hexadecimal digits. Restore it from a backup.`,
    );
  }
  return key;
}

/** Whole or not at all, on the disk before its name, and the first of two starts wins. */
async function writeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  } finally {
    await rm(draft);
  }
}
