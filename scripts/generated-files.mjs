// @ts-check

/**
 * GENERATED FILES that are committed. `npm run check` runs each `verify`, which exits non-zero and says how to bring
 * the file up to date when it is stale. It runs after the build, from the root of the repository, with Node.js:
 *
 *   { file: 'packages/server/schema.sql', verify: ['packages/server/dist/db/write-schema.js', '--verify'] }
 *
 * @type {readonly { file: string, verify: readonly string[] }[]}
 */
export const generatedFiles = [
  { file: 'packages/server/schema.sql', verify: ['packages/server/dist/db/write-schema.js', '--verify'] },
  { file: 'docs/configuration.md', verify: ['packages/server/dist/write-config-reference.js', '--verify'] },
];
