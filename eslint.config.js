// @ts-check
import { builtinModules } from 'node:module';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importDirection } from './scripts/eslint/import-direction.mjs';

const server = 'packages/server/src';
const sources = ['**/*.ts', '**/*.tsx'];
const scripts = ['scripts/**/*.mjs', 'eslint.config.js'];
const tests = [
  '**/*.test.ts',
  '**/testing/**/*.ts',
  'e2e/**/*.ts',
  'bench/**/*.ts',
  'packages/*/test/**/*.ts',
];

/** Decisions and renderings: no I/O, and time comes as an argument. */
const pureFiles = [
  'delivery/decide.ts',
  'delivery/schedule.ts',
  'delivery/egress/guard.ts',
  '**/state-machine.ts',
  'webhook/render.ts',
  'webhook/filter.ts',
  'privacy/patterns.ts',
  'versions/*.ts',
].map((file) => `${server}/${file}`);

/** The two places where time and chance enter the program, to be injected from there. */
const timeAndChance = [`${server}/clock.ts`, `${server}/id.ts`];

/**
 * Who may import whom inside the server: `http → inquiry, account, verification, … → event → webhook, delivery → db`.
 * A folder that is not named here belongs to the second group. Files directly in src/ are open to all, but main.ts.
 */
const reachable = {
  db: ['db'],
  privacy: ['privacy', 'db'],
  versions: ['versions', 'privacy'],
  webhook: ['webhook', 'versions', 'delivery', 'privacy', 'db', 'observe'],
  delivery: ['webhook', 'delivery', 'privacy', 'db', 'observe'],
  event: ['event', 'webhook', 'delivery', 'privacy', 'db', 'observe'],
};

const serverDirections = [
  ...Object.entries(reachable).map(([folder, allowed]) => ({
    importer: `^${server}/${folder}/`,
    imported: `^${server}/(?!(?:${allowed.join('|')})/)[^/]+/`,
    message: `${folder}/ may import from ${allowed.join(', ')} only.`,
  })),
  {
    importer: `^${server}/(?!http/|main\\.ts$|server\\.ts$)`,
    imported: `^${server}/http/`,
    message: 'nothing imports http/ except main.ts and server.ts.',
  },
  {
    importer: `^${server}/`,
    imported: `^${server}/main\\.ts$`,
    message: 'main.ts runs when it is imported.',
  },
  {
    importer: `^${server}/`,
    imported: `^${server}/(?:.+/)?testing/`,
    message: 'the program does not import what belongs to its tests.',
  },
];

const pureDirections = [
  ...serverDirections,
  {
    importer: '',
    imported: `^${server}/(?:clock|id|config|context)\\.ts$`,
    message: 'this file takes time and settings as arguments.',
  },
];

const standAlone = ['contract', 'receiver'];
const standsAlone = 'This package imports nothing from the workspace.';

const bareBuiltin = { regex: `^(?:${builtinModules.join('|')})$`, message: 'Write it with node: in front.' };

const randomUuid = {
  name: 'node:crypto',
  importNames: ['randomUUID'],
  message: 'Ids come from the id maker, which is injected.',
};
const exit = { name: 'node:process', importNames: ['exit'], message: 'Only main.ts ends the process.' };

const pureImports = {
  paths: [
    {
      name: 'node:net',
      allowImportNames: ['BlockList', 'SocketAddress', 'isIP', 'isIPv4', 'isIPv6'],
      message: 'This file does no I/O.',
    },
    randomUuid,
    {
      name: 'node:crypto',
      importNames: ['randomBytes', 'randomInt', 'webcrypto'],
      message: 'This file is pure.',
    },
  ],
  patterns: [
    bareBuiltin,
    {
      // A type is gone when the program runs, so the type of a row may come from db/.
      group: ['**/db/**', '**/http/**', '**/observe/**'],
      allowTypeImports: true,
      message: 'This file does no I/O.',
    },
    {
      regex: '^node:(?!(?:net|crypto|buffer|util|url|querystring|assert)$)',
      message:
        'This file does no I/O: of Node.js it may use buffer, crypto, util, url, and the address parts of net.',
    },
    {
      regex: '^(?:undici|pg|pino|hono|kysely|prom-client|@hono/.*)(?:/|$)',
      message: 'This file does no I/O.',
    },
  ],
};

const impureGlobals = [
  'process',
  'performance',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];

const onlyMainExits = [{ object: 'process', property: 'exit', message: 'Only main.ts ends the process.' }];
const injectedProperties = [
  { object: 'Date', property: 'now', message: 'Time comes from the clock, which is injected.' },
  { object: 'Math', property: 'random', message: 'Chance comes from the id maker, which is injected.' },
  { object: 'crypto', property: 'randomUUID', message: 'Ids come from the id maker, which is injected.' },
];

const defaultExport = [{ selector: 'ExportDefaultDeclaration', message: 'Exports have names.' }];

const currentTime = [':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]'].map(
  (selector) => ({ selector, message: 'Time comes from the clock, which is injected.' }),
);

/** English begins with a capital letter, our SQL with none and foreign SQL with all of them. */
const sqlStart =
  '^\\s*(?:(?:select|delete|insert|update|SELECT|DELETE|INSERT|UPDATE)\\s|(?:with|WITH)\\s+\\w+\\s+(?:as|AS)\\b)';
const sql = [
  `Literal[value=/${sqlStart}/]`,
  `TemplateLiteral > TemplateElement:first-child[value.raw=/${sqlStart}/]`,
].map((selector) => ({ selector, message: 'SQL is in migrations/ and src/db/ and nowhere else.' }));

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/node_modules/',
    '**/coverage/',
    '.credence/',
    '.bootstrap/',
    'docs/',
    // It is compiled against a client that is generated when its test runs.
    'e2e/generated-client/calls/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: [...sources, ...scripts],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { credence: { rules: { 'import-direction': importDirection } } },
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.check.json', 'scripts/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
      'no-restricted-properties': ['error', ...onlyMainExits],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...defaultExport],
    },
  },

  // The packages
  {
    files: ['packages/*/src/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...onlyMainExits, ...injectedProperties],
      'no-restricted-syntax': ['error', ...defaultExport, ...currentTime, ...sql],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [randomUuid, exit], patterns: [bareBuiltin] },
      ],
    },
  },
  {
    files: ['packages/server/src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'credence/import-direction': ['error', { directions: serverDirections }],
    },
  },
  {
    files: [`${server}/db/**/*.ts`],
    rules: { 'no-restricted-syntax': ['error', ...defaultExport, ...currentTime] },
  },
  {
    files: timeAndChance,
    rules: {
      'no-restricted-properties': ['error', ...onlyMainExits],
      'no-restricted-syntax': ['error', ...defaultExport, ...sql],
      '@typescript-eslint/no-restricted-imports': ['error', { paths: [exit], patterns: [bareBuiltin] }],
    },
  },
  {
    files: pureFiles,
    rules: {
      'credence/import-direction': ['error', { directions: pureDirections }],
      '@typescript-eslint/no-restricted-imports': ['error', pureImports],
      'no-restricted-globals': ['error', ...impureGlobals],
    },
  },
  {
    files: standAlone.map((name) => `packages/${name}/src/**/*.ts`),
    ignores: tests,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['@credence/*'], message: standsAlone }] }],
      'credence/import-direction': [
        'error',
        {
          directions: standAlone.map((name) => ({
            importer: `^packages/${name}/`,
            imported: `^(?!packages/${name}/)`,
            message: standsAlone,
          })),
        },
      ],
    },
  },
  {
    // The kit runs in the receiver's process, where nobody injects a clock.
    files: ['packages/receiver/src/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...onlyMainExits],
      'no-restricted-syntax': ['error', ...defaultExport],
      '@typescript-eslint/no-restricted-imports': 'off',
    },
  },
  { files: ['**/main.ts'], rules: { 'no-restricted-properties': ['error', ...injectedProperties] } },

  // Tests, bench and scripts
  {
    files: tests,
    rules: {
      // Tests look into JSON of every shape, and stand in for what is deprecated but still called.
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-syntax': ['error', ...defaultExport],
      'no-console': 'off',
      'credence/import-direction': 'off',
    },
  },
  {
    files: scripts,
    rules: {
      // JSON is read without a parser of its own here: there is no dependency to parse it with.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    // Receivers in plain JavaScript, as a reader would write them.
    files: ['examples/**/*.js', 'examples/**/*.mjs', 'examples/**/*.cjs'],
    extends: [tseslint.configs.strict, tseslint.configs.disableTypeChecked],
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.config.js', '**/*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
