import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { cachedReply } from './cached-reply.ts';
import type { Call } from './call.ts';
import type { Reply } from './reply.ts';

/** The OpenAPI document as it was written with this release, and what it is served as. */
const forms = {
  '/openapi.json': 'application/json',
  '/openapi.yaml': 'application/yaml',
} as const;

type DocumentPath = keyof typeof forms;

// Object.keys gives the object's own keys.
export const documentPaths = Object.keys(forms) as DocumentPath[];

interface LoadedDocument {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly tag: string;
}

const loaded = new Map<DocumentPath, Promise<LoadedDocument>>();

/** Answers the document, without authentication. It is read when somebody first asks for it, and kept. */
export async function serveDocument(path: DocumentPath, call: Call): Promise<Reply> {
  const document = loaded.get(path) ?? load(path);
  loaded.set(path, document);
  const { bytes, tag } = await document;
  return cachedReply(call, tag, { body: bytes, contentType: forms[path] });
}

async function load(path: DocumentPath): Promise<LoadedDocument> {
  const bytes = await readFile(new URL(`../../openapi${path}`, import.meta.url));
  return { bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}
