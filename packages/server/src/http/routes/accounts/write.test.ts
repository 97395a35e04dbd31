import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../../../testing/test-server.ts';

let server: TestServer;
/** Sees everything. */
let trusted: ApiClient;
beforeAll(async () => {
  server = await startTestServer();
  trusted = await server.apiWith({ disclosed: ['*'] });
});
afterAll(() => server[Symbol.asyncDispose]());

type Resource = ApiAnswer['json'];

async function ok(answer: Promise<ApiAnswer>, status = 200): Promise<Resource> {
  const { status: actual, json, text } = await answer;
  expect(actual, text).toBe(status);
  return json.data;
}

const create = (attributes: object, api = trusted) =>
  ok(api('POST', '/accounts', { data: { type: 'account', attributes } }), 201);
const update = (id: string, attributes: object) =>
  ok(trusted('PATCH', `/accounts/${id}`, { data: { attributes } }));

async function eventsOf(id: string, api = trusted): Promise<Resource[]> {
  return (await ok(api('GET', `/events?filter[object-id]=${id}&page[size]=50`))).toReversed();
}

async function eventNames(id: string): Promise<string[]> {
  return (await eventsOf(id)).map(({ attributes }) => attributes.name);
}

const text = (value: string | null) => ({ type: 'string', value });

/** What is shown of somebody of whom nothing is known. */
const nobody = {
  name: { type: 'hash', value: { first: text(null), middle: text(null), last: text(null) } },
  address: {
    type: 'hash',
    value: {
      street_1: text(null),
      street_2: text(null),
      subdivision: text(null),
      city: text(null),
      postal_code: text(null),
      country_code: text(null),
    },
  },
  identification_numbers: { type: 'array', value: [] },
  birthdate: { type: 'date', value: null },
  phone_number: text(null),
  email_address: text(null),
  selfie_photo: { type: 'file', value: null },
};

test('an account shows every field, whichever way each was written', async () => {
  const { id, attributes } = await create({
    'reference-id': 'ways',
    tags: ['vip'],
    'name-first': 'Zebulon',
    'address-street-1': '1 Main St',
    birthdate: '1990-01-31',
    'social-security-number': '123-45-6789',
    fields: {
      name: { type: 'hash', value: { last: { type: 'string', value: 'Quirk' } } },
      address: { postalCode: '94111' },
      'phone-number': '+49 30 1',
    },
  });
  expect(attributes).toMatchObject({
    'reference-id': 'ways',
    'account-type-name': 'User',
    'account-status': 'Default',
    tags: ['vip'],
    'redacted-at': null,
  });
  const shown = {
    ...nobody,
    name: { type: 'hash', value: { first: text('Zebulon'), middle: text(null), last: text('Quirk') } },
    address: {
      type: 'hash',
      value: { ...nobody.address.value, street_1: text('1 Main St'), postal_code: text('94111') },
    },
    identification_numbers: {
      type: 'array',
      value: [
        {
          type: 'hash',
          value: {
            identification_class: text('ssn'),
            issuing_country: text('US'),
            identification_number: text('123-45-6789'),
          },
        },
      ],
    },
    birthdate: { type: 'date', value: '1990-01-31' },
    phone_number: text('+49 30 1'),
  };
  expect(attributes.fields).toEqual(shown);
  const camel = await ok(trusted('GET', `/accounts/${id}`, undefined, { 'Key-Inflection': 'camel' }));
  expect(camel.attributes).toMatchObject({ referenceId: 'ways', fields: shown });
  expect((await ok(trusted('GET', '/accounts?filter[reference-id]=ways')))[0].attributes.fields).toEqual(
    shown,
  );
  expect((await create({ 'reference-id': 'nobody' })).attributes.fields).toEqual(nobody);
});

test('the type of an account can be included, and names the fields that it has', async () => {
  const { json } = await server.api('POST', '/accounts?include=account-type', {});
  const [type] = json.included;
  expect(type).toMatchObject({
    ...json.data.relationships['account-type'].data,
    attributes: { name: 'User', 'updated-at': null },
  });
  expect(type.attributes['field-schemas'].map(({ key }: Resource) => key)).toEqual(Object.keys(nobody));
  const environments = await server.db.query<{ createdAt: Date }>({
    name: '',
    text: `select created_at as "createdAt" from environments where kind = 'sandbox'`,
  });
  expect(type.attributes['created-at']).toBe(environments[0]?.createdAt.toISOString());
});

test('what was read can be written back as it is, and changes nothing', async () => {
  const { id, attributes } = await create({
    'name-first': 'Zebulon',
    'country-code': 'DE',
    'social-security-number': '1',
  });
  const again = await update(id, { fields: attributes.fields });
  expect(again.attributes).toEqual(attributes);
  expect(await eventNames(id)).toEqual(['account.created']);
});

test('fields are hidden from whoever is not disclosed them, and are sealed at rest', async () => {
  const { id } = await create({ 'name-first': 'Zebulon' });
  await update(id, { 'name-last': 'Quirk' });
  const [plain, named] = [
    server.api,
    await server.apiWith({ disclosed: ['/data/attributes/fields/name?type=account'] }),
  ];
  expect((await ok(plain('GET', `/accounts/${id}`))).attributes.fields).toEqual({});
  expect(Object.keys((await ok(named('GET', `/accounts/${id}`))).attributes.fields)).toEqual(['name']);
  expect(JSON.stringify(await eventsOf(id, plain))).not.toMatch(/Zebulon|Quirk/);
  const seen = await eventsOf(id);
  expect(
    seen.map(({ attributes }) => attributes.payload.data.attributes.fields.name.value.last.value),
  ).toEqual([null, 'Quirk']);
  for (const table of ['accounts', 'events', 'person_keys']) {
    const rows = await server.db.query<object>({ name: '', text: `select * from ${table}` });
    expect(JSON.stringify(rows)).not.toMatch(/Zebulon|Quirk/);
    for (const row of rows) {
      for (const value of Object.values(row) as unknown[]) {
        for (const bytes of [value].flat()) {
          if (Buffer.isBuffer(bytes)) expect(bytes.toString('latin1')).not.toMatch(/Zebulon|Quirk/);
        }
      }
    }
  }
});

test('an update changes what it names and leaves the rest', async () => {
  const { id } = await create({
    'reference-id': 'before',
    'name-first': 'Zebulon',
    'name-last': 'Quirk',
    'address-city': 'Ulm',
    'social-security-number': '1',
    fields: { email_address: 'z@example.com' },
  });
  const numbers = [{ identification_class: 'visa', identification_number: '2', issuing_country: 'AF' }];
  await update(id, { fields: { identification_numbers: [...numbers] }, 'social-security-number': '3' });
  const { attributes } = await update(id, {
    'reference-id': null,
    'name-first': null,
    'social-security-number': '4',
    fields: { address: null, email_address: 'q@example.com' },
  });
  expect(attributes['reference-id']).toBeNull();
  expect(attributes.fields).toEqual({
    ...nobody,
    name: { type: 'hash', value: { ...nobody.name.value, last: text('Quirk') } },
    identification_numbers: {
      type: 'array',
      value: [
        {
          type: 'hash',
          value: {
            identification_class: text('visa'),
            identification_number: text('2'),
            issuing_country: text('AF'),
          },
        },
        {
          type: 'hash',
          value: {
            identification_class: text('ssn'),
            issuing_country: text('US'),
            identification_number: text('4'),
          },
        },
      ],
    },
    email_address: text('q@example.com'),
  });
  expect(await eventNames(id)).toEqual([
    'account.created',
    'account.updated-fields',
    'account.updated-fields',
  ]);
  expect((await ok(trusted('GET', '/accounts?filter[reference-id]=before'))).length).toBe(0);
});

test('tags are added, removed and set, and each change is told once', async () => {
  const { id } = await create({ tags: ['one'] });
  const tag = (action: string, name: unknown) =>
    ok(trusted('POST', `/accounts/${id}/${action}`, { meta: { 'tag-name': name } }));
  expect((await tag('add-tag', 'two')).attributes.tags).toEqual(['one', 'two']);
  expect((await tag('add-tag', 'two')).attributes.tags).toEqual(['one', 'two']);
  expect((await tag('remove-tag', 'nobody')).attributes.tags).toEqual(['one', 'two']);
  expect((await tag('remove-tag', 'one')).attributes.tags).toEqual(['two']);
  expect((await tag('set-tags', ['three', 'three'])).attributes.tags).toEqual(['three']);
  expect((await update(id, { tags: ['three'] })).attributes.tags).toEqual(['three']);
  expect((await update(id, { tags: null })).attributes.tags).toEqual([]);
  const [created, ...events] = await eventsOf(id);
  expect(created.attributes.name).toBe('account.created');
  expect(events.map(({ attributes: { name, context } }) => [name, context])).toEqual([
    ['account.tag-added', undefined],
    ['account.updated-tags', { 'added-tags': ['two'], 'removed-tags': [] }],
    ['account.tag-removed', undefined],
    ['account.updated-tags', { 'added-tags': [], 'removed-tags': ['one'] }],
    ['account.tag-added', undefined],
    ['account.tag-removed', undefined],
    ['account.updated-tags', { 'added-tags': ['three'], 'removed-tags': ['two'] }],
    ['account.tag-removed', undefined],
    ['account.updated-tags', { 'added-tags': [], 'removed-tags': ['three'] }],
  ]);
});

test('a reference id has one account: creating another is a conflict, and so is taking it', async () => {
  const taken = { title: 'Conflict', details: 'Resource already exists as an active resource' };
  const first = await create({ 'reference-id': 'taken' });
  const second = await create({ 'reference-id': 'free' });
  const attributes = { 'reference-id': 'taken', 'name-first': 'Zebulon' };
  for (const answer of [
    await trusted('POST', '/accounts', { data: { attributes } }),
    await trusted('PATCH', `/accounts/${second.id}`, { data: { attributes } }),
  ]) {
    expect([answer.status, answer.json.errors]).toEqual([409, [taken]]);
  }
  expect(await ok(trusted('GET', `/accounts/${first.id}`))).toEqual(first);
  expect(await ok(trusted('GET', `/accounts/${second.id}`))).toEqual(second);
});

test('twenty upserts at once make one account, and none is lost', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      trusted('POST', '/accounts', {
        data: {
          attributes: { 'reference-id': 'upsert', fields: { address: { city: `City ${String(index)}` } } },
        },
        meta: { 'upsert-by': 'reference_id' },
      }),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array<number>(19).fill(200), 201]);
  const [id, ...others] = new Set(answers.map(({ json }) => json.data.id));
  expect(others).toEqual([]);
  expect(await eventNames(id)).toEqual([
    'account.created',
    ...Array<string>(19).fill('account.updated-fields'),
  ]);
});

test('a redacted account is unreadable, in its past events and in those of its inquiries too', async () => {
  const { id } = await create({ 'reference-id': 'gone', 'name-first': 'Zebulon', tags: ['vip'] });
  const inquiry = await server.inquiry({ 'account-id': id });
  await ok(trusted('POST', `/inquiries/${inquiry}/approve`));
  const included = await trusted('GET', `/inquiries/${inquiry}?include=account`);
  expect(included.json.included[0].attributes.fields.name.value.first).toEqual(text('Zebulon'));
  const before = JSON.stringify([await eventsOf(id), included.json]);
  expect(before).toContain('Zebulon');
  const repeatable = { data: { attributes: { 'name-last': 'Quirk' } }, meta: {} };
  const headers = { 'Idempotency-Key': 'kept' };
  await ok(trusted('POST', '/accounts', repeatable, headers), 201);

  const redacted = await ok(trusted('DELETE', `/accounts/${id}`));
  expect(redacted.attributes).toMatchObject({ fields: nobody, tags: ['vip'], 'reference-id': 'gone' });
  expect(await ok(server.api('GET', `/accounts/${id}`))).toEqual(redacted);
  const after = [
    await eventsOf(id),
    await eventsOf(inquiry),
    (await trusted('GET', `/inquiries/${inquiry}?include=account`)).json,
  ];
  expect(JSON.stringify(after)).not.toContain('Zebulon');
  const keys = await server.db.query({
    name: '',
    text: `select from person_keys where id in ('${id}', '${inquiry}')`,
  });
  expect(keys).toEqual([]);
  for (const [path, body] of [
    ['PATCH', { data: { attributes: { 'name-first': 'Zebulon' } } }],
    ['POST', { meta: { 'tag-name': 'late' } }],
  ] as const) {
    const late = await trusted(path, `/accounts/${id}${path === 'POST' ? '/add-tag' : ''}`, body);
    expect([late.status, late.json.errors[0].details]).toEqual([
      409,
      'Account already redacted; a redacted account accepts no change.',
    ]);
  }
});

const long = 'x'.repeat(1025);

test.for([
  ['data.attributes.name_first must be a string', 400, { 'name-first': 4 }],
  ['data.attributes.shoe_size is not known here', 400, { 'shoe-size': 44 }],
  ['data.attributes.name_first must have at most 1024 characters', 422, { 'name-first': long }],
  ['data.attributes.birthdate must be a date as YYYY-MM-DD', 422, { birthdate: '1990-02-30' }],
  ['data.attributes.account_status must be "Default"', 422, { 'account-status': 'Active' }],
  ['data.attributes.account_type_id is not found; there is acttp_', 422, { 'account-type-id': 'acttp_1' }],
  ['data.attributes.selfie_photo is not supported', 422, { 'selfie-photo': { data: {} } }],
  ['data.attributes.fields must be a record', 400, { fields: [] }],
  ['data.attributes.fields.shoe_size is not known; there is name, ', 422, { fields: { shoe_size: 44 } }],
  ['data.attributes.fields.constructor is not known', 422, { fields: { constructor: 'x' } }],
  ['data.attributes.fields.name must be an object or null', 422, { fields: { name: 'Zebulon' } }],
  ['data.attributes.fields.name.first must be a string or null', 422, { fields: { name: { first: 4 } } }],
  ['data.attributes.fields.name.first must have at most 1024', 422, { fields: { name: { first: long } } }],
  [
    'data.attributes.fields.phone_number is given twice',
    422,
    { fields: { phoneNumber: '1', phone_number: '2' } },
  ],
  ['data.attributes.fields.birthdate must be a date', 422, { fields: { birthdate: 'soon' } }],
  ['data.attributes.fields.selfie_photo is not supported', 422, { fields: { selfie_photo: 'x' } }],
  [
    'data.attributes.fields.identification_numbers must be an array',
    422,
    { fields: { identification_numbers: {} } },
  ],
  [
    'data.attributes.fields.identification_numbers.0 must be',
    422,
    { fields: { identification_numbers: ['1'] } },
  ],
  [
    'data.attributes.fields.identification_numbers must have at most 50 elements',
    422,
    { fields: { identification_numbers: Array(51).fill({}) } },
  ],
] as const)('refuses to create an account: %s', async ([details, status, attributes]) => {
  const answer = await trusted('POST', '/accounts', { data: { attributes } });
  expect([answer.status, answer.json.errors[0].details]).toEqual([status, expect.stringContaining(details)]);
  if (status === 422) expect(answer.json.errors[0].source.pointer).toMatch(/^\/data\/attributes\//);
});

test('an upsert says by what, and a tag has a name', async () => {
  const refused = async (path: string, body: object) => {
    const { status, json } = await trusted('POST', path, body);
    return [status, json.errors[0].details];
  };
  expect(await refused('/accounts', { meta: { 'upsert-by': 'reference-id' } })).toEqual([
    400,
    'data.attributes.reference_id is missing',
  ]);
  expect(await refused('/accounts', { meta: { 'upsert-by': 'email_address' } })).toEqual([
    422,
    'meta.upsert_by must be reference-id: no other is unique',
  ]);
  const { id } = await create({ tags: Array.from({ length: 100 }, (_, index) => String(index)) });
  expect(await refused(`/accounts/${id}/add-tag`, { meta: {} })).toEqual([400, 'meta.tag_name is missing']);
  expect(await refused(`/accounts/${id}/add-tag`, { meta: { 'tag-id': 'tag_1' } })).toEqual([
    422,
    'meta.tag_id is not supported: Credence knows tags by their names; use tag-name',
  ]);
  expect(await refused(`/accounts/${id}/add-tag`, { meta: { 'tag-name': 'one more' } })).toEqual([
    422,
    'meta.tag_name would be one too many; an account has at most 100 tags',
  ]);
});
