import { chmod, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const DB = fileURLToPath(new URL('../..', import.meta.url));
const NODE_MODULES = fileURLToPath(new URL('../../../../../../node_modules', import.meta.url));

/** The embedded PostgreSQL as JavaScript that any user can run: Node.js 20 does not read TypeScript. */
export async function compile(): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'credence-js-'));
  await chmod(out, 0o755);
  await writeFile(join(out, 'package.json'), '{"type":"module"}');
  await symlink(NODE_MODULES, join(out, 'node_modules'));
  const names = await readdir(join(DB, 'embedded'), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  await Promise.all(sources.map((name) => compileFile(join(DB, 'embedded', name), out)));
  return out;
}

async function compileFile(path: string, out: string): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile(path, 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  const target = join(out, relative(DB, path)).replace(/\.ts$/, '.js');
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}
