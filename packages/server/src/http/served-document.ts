import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Context as HonoContext } from 'hono';
import { isKnown } from './well-known.ts';

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
export async function serveDocument(path: DocumentPath, call: HonoContext): Promise<Response> {
  const document = loaded.get(path) ?? load(path);
  loaded.set(path, document);
  const { bytes, tag } = await document;
  call.header('ETag', tag);
  call.header('Cache-Control', 'public, max-age=300');
  if (isKnown(call.req.header('if-none-match'), tag)) return call.body(null, 304);
  return call.body(bytes, 200, { 'Content-Type': forms[path] });
}

async function load(path: DocumentPath): Promise<LoadedDocument> {
  const bytes = await readFile(new URL(`../../openapi${path}`, import.meta.url));
  return { bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}
