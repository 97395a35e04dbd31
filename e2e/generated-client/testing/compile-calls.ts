import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@hey-api/openapi-ts';
import ts from 'typescript';

const calls = fileURLToPath(new URL('../calls/', import.meta.url));

/**
 * Generates a client from the document at `documentPath` into `folder`, as an integrator would, and compiles what calls it
 * beside it. Throws with the compiler's complaints. Returns the folder of the JavaScript.
 */
export async function compileCalls(documentPath: string, folder: string): Promise<string> {
  const source = join(folder, 'source');
  const output = join(folder, 'output');
  await mkdir(source);
  await createClient({
    input: documentPath,
    output: { path: join(source, 'persona'), module: { extension: '.js' } },
    plugins: ['@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript'],
    logs: { level: 'silent' },
  });
  const files = await readdir(calls);
  for (const file of files) await copyFile(join(calls, file), join(source, file));
  const complaints = compile(
    files.map((file) => join(source, file)),
    output,
  );
  if (complaints !== '') throw new Error(complaints);
  await writeFile(join(output, 'package.json'), '{"type":"module"}');
  return output;
}

function compile(rootNames: readonly string[], outDir: string): string {
  const program = ts.createProgram({
    rootNames,
    options: {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      strict: true,
      skipLibCheck: true,
      types: [],
      outDir,
    },
  });
  const { diagnostics } = program.emit();
  return ts.formatDiagnostics([...ts.getPreEmitDiagnostics(program), ...diagnostics], {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => '',
    getNewLine: () => '\n',
  });
}
