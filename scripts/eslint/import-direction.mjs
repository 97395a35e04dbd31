// @ts-check
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * @typedef {{ importer: string, imported: string, message: string }} Direction regular expressions over paths from the root
 */

/**
 * Forbids imports by where the importing file and the imported file are. Only relative imports are looked at, and no file
 * is resolved on disk: ours are written in full, with their extension.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const importDirection = {
  meta: {
    type: 'problem',
    schema: [
      {
        type: 'object',
        required: ['directions'],
        properties: {
          directions: {
            type: 'array',
            items: {
              type: 'object',
              required: ['importer', 'imported', 'message'],
              properties: {
                importer: { type: 'string' },
                imported: { type: 'string' },
                message: { type: 'string' },
              },
            },
          },
        },
      },
    ],
  },
  create(context) {
    const importer = fromRoot(context.cwd, context.filename);
    /** @type {Direction[]} */
    const all = context.options[0].directions;
    const directions = all.filter((direction) => new RegExp(direction.importer, 'u').test(importer));

    /** @param {{ source?: import('estree').Expression | null | undefined }} node */
    function check({ source }) {
      if (source?.type !== 'Literal' || typeof source.value !== 'string' || !source.value.startsWith('.'))
        return;
      const imported = fromRoot(context.cwd, resolve(dirname(context.filename), source.value));
      for (const direction of directions) {
        if (new RegExp(direction.imported, 'u').test(imported)) {
          context.report({ node: source, message: `${imported}: ${direction.message}` });
        }
      }
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

/**
 * @param {string} root
 * @param {string} file
 */
function fromRoot(root, file) {
  return relative(root, file).split(sep).join('/');
}
