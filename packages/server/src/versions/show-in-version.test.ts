import { servedApiVersions, type ApiVersion, type JsonObject, type KeyInflection } from '@credence/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyBlocklist } from '../privacy/blocklist.ts';
import { disclose } from '../privacy/disclose.ts';
import type { Document } from '../privacy/document.ts';
import { compilePatterns } from '../privacy/patterns.ts';
import { takeSnapshot } from '../privacy/snapshot.ts';
import { showInVersion } from './show-in-version.ts';

const string = (value: string) => ({ type: 'string', value });

const resources = [
  {
    type: 'inquiry',
    id: 'inq_1',
    attributes: {
      status: 'approved',
      'decisioned-at': '2026-01-01T00:00:00.000Z',
      fields: {
        'name-first': string('secret 1'),
        'name-last': string('secret 2'),
        birthdate: string('secret 3'),
        'address-street-1': string('secret 4'),
        'address-postal-code': string('secret 14'),
        'identification-number': string('secret 5'),
        'passport-number': string('secret 6'),
        my_own: string('secret 7'),
      },
    },
    relationships: { reviewer: { data: null } },
  },
  {
    type: 'account',
    id: 'act_1',
    attributes: {
      fields: {
        name: { type: 'hash', value: { first: string('secret 8'), last: string('secret 9') } },
        address: { type: 'hash', value: { street_1: string('secret 10') } },
        identification_numbers: {
          type: 'array',
          value: [
            {
              type: 'hash',
              value: {
                identification_class: string('ssn'),
                identification_number: string('secret 11'),
              },
            },
          ],
        },
      },
    },
  },
  {
    type: 'verification/government-id',
    id: 'ver_1',
    attributes: { 'id-class': 'dl', 'identification-number': 'secret 12', 'name-first': 'secret 13' },
  },
] as const satisfies readonly Document['data'][];

const secrets = Array.from({ length: 14 }, (_, index) => `"secret ${String(index + 1)}"`);
const [inquiry, ...related] = resources.map((resource) => ({ resource, owner: 'inq_1' }));

const names = [
  '*',
  'fields',
  'name-*',
  'name-first',
  'first',
  'name',
  'identification-number*',
  'driver-license-number',
  '*-number',
  'social-security-number',
  'reviewer',
  'address-street-1',
  'address-postal-code',
  '/data/attributes/fields/name-first',
  '/data/attributes/name-*',
  '/data/attributes/fields/*',
  '/data/attributes/fields/*?type=inquiry',
  '/*/attributes/fields/name/value/*',
  '/included/attributes/*number',
  '/included/attributes/fields/*?type=account',
];
const patterns = fc.subarray([...names, ...names.map((name) => `!${name}`)], { maxLength: 5 });

interface Settings {
  readonly disclosed: readonly string[];
  readonly blocked: readonly string[];
  readonly version: ApiVersion;
  readonly inflection?: KeyInflection;
}

function shown({ disclosed, blocked, version, inflection = 'kebab' }: Settings): Document {
  if (inquiry === undefined) throw new Error('There is an inquiry.');
  const { document, personal } = takeSnapshot(inquiry, related);
  const disclosure = compilePatterns(disclosed);
  const blocklist = compilePatterns(blocked);
  const open = disclose(document, personal, disclosure);
  return showInVersion(open, { version, inflection, disclosed: disclosure, blocklist });
}

describe('a document in an older version', () => {
  it('never shows a value that disclosure or blocklist hides from the current one', () => {
    const any = fc.record({
      disclosed: patterns,
      blocked: patterns,
      version: fc.constantFrom(...servedApiVersions),
    });
    fc.assert(
      fc.property(any, (settings) => {
        const now = JSON.stringify(shown({ ...settings, version: '2025-12-08' }));
        const then = JSON.stringify(shown(settings));
        for (const secret of secrets) if (!now.includes(secret)) expect(then).not.toContain(secret);
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds nothing that the blocklist names, also where only an older version has it', () => {
    fc.assert(
      fc.property(patterns, fc.constantFrom(...servedApiVersions), (blocked, version) => {
        const document = shown({ disclosed: ['*'], blocked, version });
        expect(applyBlocklist(document, compilePatterns(blocked))).toBe(document);
      }),
      { numRuns: 500 },
    );
    expect(
      attributesOf({ disclosed: ['*'], blocked: ['/data/attributes/name-first'], version: '2023-01-05' }),
    ).toMatchObject({ 'name-last': 'secret 2', fields: { 'name-first': string('secret 1') } });
  });

  it('repeats nothing under a name that the disclosure exempts', () => {
    const { included } = shown({ disclosed: ['*', '!name-first'], blocked: [], version: '2020-05-18' });
    // Of an account, fields calls it name and first.
    expect(included[0]?.attributes).toMatchObject({ fields: { name: { value: { first: {} } } } });
    expect(included[0]?.attributes).toHaveProperty('name-last', 'secret 9');
    expect(included[0]?.attributes).not.toHaveProperty('name-first');
  });
});

describe('the keys inside fields', () => {
  it.each([
    ['2023-01-05', 'camel', ['nameFirst', 'myOwn']],
    ['2023-01-05', 'snake', ['name_first', 'my_own']],
    ['2023-01-05', 'kebab', ['name-first', 'my-own']],
    ['2025-10-27', 'camel', ['name-first', 'my_own']],
    ['2025-12-08', 'snake', ['name-first', 'my_own']],
  ] as const)('are at %s in %s %j', (version, inflection, keys) => {
    const fields = attributesOf({ disclosed: ['*'], blocked: [], version, inflection })['fields'];
    expect(Object.keys(fields as JsonObject)).toEqual(expect.arrayContaining([...keys]));
  });

  it('are never inflected on an account', () => {
    const { included } = shown({ disclosed: ['*'], blocked: [], version: '2020-05-18', inflection: 'camel' });
    expect(included[0]?.attributes['fields']).toHaveProperty('identification_numbers');
  });

  it('stay as they are where two would become one', () => {
    const fields = { 'my-own': string('a'), my_own: string('b') };
    const document = { data: { type: 'inquiry', id: 'inq_1', attributes: { fields } }, included: [] };
    const nothing = compilePatterns([]);
    const view = {
      version: '2023-01-05',
      inflection: 'camel',
      disclosed: nothing,
      blocklist: nothing,
    } as const;
    expect(showInVersion(document, view).data.attributes['fields']).toEqual(fields);
  });
});

function attributesOf(settings: Settings): JsonObject {
  return shown(settings).data.attributes;
}
