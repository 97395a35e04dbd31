import { servedApiVersions, type ApiVersion, type JsonObject, type Resource } from '@credence/contract';
import { describe, expect, it } from 'vitest';
import { steps, stepsTo } from './steps.ts';
import { toVersion } from './to-version.ts';

const string = (value: string | null) => ({ type: 'string', value });
const hash = (value: JsonObject) => ({ type: 'hash', value });
const link = (type: string, id: string) => ({ data: { type, id } });

function inquiry(attributes: JsonObject, relationships?: Resource['relationships']): Resource {
  return { type: 'inquiry', id: 'inq_1', attributes, ...(relationships && { relationships }) };
}

function account(fields: JsonObject): Resource {
  return { type: 'account', id: 'act_1', attributes: { fields } };
}

function governmentId(attributes: JsonObject): Resource {
  return { type: 'verification/government-id', id: 'ver_1', attributes };
}

interface Case {
  readonly what: string;
  readonly since: ApiVersion;
  readonly newer: Resource;
  /** Attributes that the older one has besides; undefined for one that it has not. */
  readonly added?: JsonObject;
  readonly older?: Resource;
}

const personalFields = {
  'name-first': string('Ada'),
  'name-middle': string(null),
  'name-last': string('Byron'),
  birthdate: { type: 'date', value: '1815-12-10' },
  'address-street-1': string('1 Main St'),
  'address-street-2': string('Flat 2'),
  'address-city': string('London'),
  'address-subdivision': string('England'),
  'address-postal-code': string('W1'),
  'social-security-number': string('123'),
  'identification-number': string('I1'),
  'email-address': string('ada@example.com'),
  'phone-number': string('+44'),
};

const number = (idClass: string, value: string) =>
  hash({
    identification_class: string(idClass),
    identification_number: string(value),
    issuing_country: string('US'),
  });
const shownNumber = (idClass: string, value: string) => ({
  'identification-class': idClass,
  'identification-number': value,
  'issuing-country': 'US',
});

const cases: readonly Case[] = [
  {
    what: 'repeats every personal field of an inquiry, null where it is null, and no field of the template’s own',
    since: '2025-10-27',
    newer: inquiry({
      status: 'created',
      fields: { ...personalFields, 'selected-country-code': string('US'), 'my-own': string('x') },
    }),
    added: {
      ...Object.fromEntries(Object.entries(personalFields).map(([name, { value }]) => [name, value])),
      'address-subdivision-abbr': null,
      'address-postal-code-abbr': 'W1',
    },
  },
  {
    what: 'shortens an address of the United States',
    since: '2025-10-27',
    newer: inquiry({
      fields: {
        'address-subdivision': string('New York'),
        'address-postal-code': string('10001-1234'),
      },
    }),
    added: {
      'address-subdivision': 'New York',
      'address-postal-code': '10001-1234',
      'address-subdivision-abbr': 'NY',
      'address-postal-code-abbr': '10001',
    },
  },
  {
    what: 'leaves short what is short, and shortens null to null',
    since: '2025-10-27',
    newer: inquiry({
      fields: { 'address-subdivision': string('NSW'), 'address-postal-code': string(null) },
    }),
    added: {
      'address-subdivision': 'NSW',
      'address-postal-code': null,
      'address-subdivision-abbr': 'NSW',
      'address-postal-code-abbr': null,
    },
  },
  {
    what: 'repeats nothing of an inquiry that shows nothing',
    since: '2025-10-27',
    newer: inquiry({ status: 'created', fields: {} }),
    added: {},
  },
  {
    what: 'repeats what an account has, out of its nested fields',
    since: '2025-10-27',
    newer: account({
      name: hash({ first: string('Ada'), middle: string(null), last: string('Byron') }),
      address: hash({
        street_1: string('1 Main St'),
        street_2: string('Flat 2'),
        city: string('London'),
        subdivision: string('England'),
        postal_code: string('W1'),
        country_code: string('GB'),
      }),
      birthdate: { type: 'date', value: '1815-12-10' },
      phone_number: string('+44'),
      email_address: string('ada@example.com'),
      identification_numbers: {
        type: 'array',
        value: [number('dl', 'D1'), number('ssn', '123'), number('dl', 'D2'), hash({})],
      },
    }),
    added: {
      'name-first': 'Ada',
      'name-middle': null,
      'name-last': 'Byron',
      birthdate: '1815-12-10',
      'address-street-1': '1 Main St',
      'address-street-2': 'Flat 2',
      'address-city': 'London',
      'address-subdivision': 'England',
      'address-postal-code': 'W1',
      'country-code': 'GB',
      'phone-number': '+44',
      'email-address': 'ada@example.com',
      'social-security-number': '123',
      'identification-numbers': {
        dl: [shownNumber('dl', 'D1'), shownNumber('dl', 'D2')],
        ssn: [shownNumber('ssn', '123')],
      },
    },
  },
  {
    what: 'repeats of an account the parts that are shown',
    since: '2025-10-27',
    newer: account({
      name: hash({ last: string('Byron') }),
      identification_numbers: {
        type: 'array',
        value: [hash({ identification_class: string('dl') })],
      },
    }),
    added: {
      'name-last': 'Byron',
      'identification-numbers': { dl: [{ 'identification-class': 'dl' }] },
    },
  },
  {
    what: 'has a session’s fingerprint in place of its device',
    since: '2021-08-18',
    newer: {
      type: 'inquiry-session',
      id: 'iqse_1',
      attributes: { status: 'new' },
      relationships: { inquiry: link('inquiry', 'inq_1'), device: { data: null } },
    },
    older: {
      type: 'inquiry-session',
      id: 'iqse_1',
      attributes: { status: 'new', 'browser-fingerprint': null },
      relationships: { inquiry: link('inquiry', 'inq_1') },
    },
  },
  {
    what: 'calls the extractions of a generic document results',
    since: '2021-08-18',
    newer: { type: 'document/generic', id: 'doc_1', attributes: { 'extraction-responses': [1] } },
    older: { type: 'document/generic', id: 'doc_1', attributes: { 'extraction-results': [1] } },
  },
  {
    what: 'names the reviewer among the attributes',
    since: '2021-07-05',
    newer: inquiry({ 'decisioned-at': 'now' }, { reviewer: link('user', 'user_1'), account: { data: null } }),
    older: inquiry(
      { 'decisioned-at': 'now', reviewer: 'user_1', 'reviewer-type': 'user' },
      { account: { data: null } },
    ),
  },
  {
    what: 'says of a decision that came by the API that it did',
    since: '2021-07-05',
    newer: inquiry({ 'decisioned-at': 'now' }, { reviewer: { data: null } }),
    older: inquiry({ 'decisioned-at': 'now', reviewer: 'api', 'reviewer-type': 'api' }, {}),
  },
  {
    what: 'names no reviewer of an inquiry that is not decided, with and without relationships',
    since: '2021-07-05',
    newer: inquiry({ 'decisioned-at': null }),
    added: { reviewer: null, 'reviewer-type': null },
  },
  {
    what: 'has the number of a driving licence twice',
    since: '2021-02-21',
    newer: governmentId({ 'id-class': 'dl', 'identification-number': 'D1' }),
    added: { 'driver-license-number': 'D1' },
  },
  {
    what: 'has the number of a passport twice',
    since: '2021-02-21',
    newer: governmentId({ 'id-class': 'pp', 'identification-number': 'P1' }),
    added: { 'passport-number': 'P1' },
  },
  {
    what: 'has the numbers of other documents, and numbers that are not shown, once or not at all',
    since: '2021-02-21',
    newer: governmentId({ 'id-class': 'constructor', 'identification-number': 'X1' }),
    added: {},
  },
  { what: 'has no hidden number', since: '2021-02-21', newer: governmentId({ 'id-class': 'dl' }), added: {} },
  {
    what: 'repeats the numbers that an inquiry has fields for',
    since: '2021-02-21',
    newer: inquiry({ fields: { 'passport-number': string('P1'), 'identification-number': string('I1') } }),
    added: { 'passport-number': 'P1' },
  },
];

describe('a step back', () => {
  it.each(cases)('from $since $what', ({ since, newer, added, older }) => {
    const step = steps.find((candidate) => candidate.since === since);
    const expected = older ?? { ...newer, attributes: { ...newer.attributes, ...added } };
    expect(step?.back(newer)).toEqual(expected);
  });

  it('leaves alone what it has nothing to say of', () => {
    const others: Resource[] = [
      { type: 'event', id: 'evt_1', attributes: { name: 'x', fields: personalFields } },
      {
        type: 'selfie/profile-and-center',
        id: 'self_1',
        attributes: {},
        relationships: { device: { data: 1 } },
      },
      { type: 'document/government-id', id: 'doc_1', attributes: { 'id-class': 'dl' } },
    ];
    for (const { back } of steps) for (const other of others) expect(back(other)).toBe(other);
  });
});

describe('a walk back', () => {
  it('takes the steps after its version, newest first', () => {
    const walks = servedApiVersions.map((version) => [version, stepsTo(version).map(({ since }) => since)]);
    expect(Object.fromEntries(walks)).toEqual({
      '2025-12-08': [],
      '2025-10-27': [],
      '2023-01-05': ['2025-10-27'],
      '2022-09-01': ['2025-10-27'],
      '2021-08-18': ['2025-10-27'],
      '2021-07-05': ['2025-10-27', '2021-08-18'],
      '2021-02-21': ['2025-10-27', '2021-08-18', '2021-07-05'],
      '2020-05-18': ['2025-10-27', '2021-08-18', '2021-07-05', '2021-02-21'],
    });
  });

  it('goes through data and everything included, and changes nothing at the current version', () => {
    const document = {
      data: governmentId({ 'id-class': 'pp', 'identification-number': 'P1' }),
      included: [inquiry({ fields: personalFields })],
    };
    const oldest = toVersion(document, '2020-05-18');
    expect(oldest.data.attributes).toHaveProperty('passport-number', 'P1');
    expect(oldest.included[0]?.attributes).toMatchObject({ 'name-first': 'Ada', reviewer: null });
    expect(toVersion(document, '2025-12-08')).toBe(document);
  });
});
