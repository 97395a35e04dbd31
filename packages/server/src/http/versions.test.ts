import { servedApiVersions, type ApiVersion, type KeyInflection } from '@credence/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKey } from '../access/bootstrap.ts';
import { systemClock } from '../clock.ts';
import { idMaker } from '../id.ts';
import { startTestReceiver, type TestReceiver } from '../testing/test-receiver.ts';
import {
  apiClient,
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../testing/test-server.ts';

type Resource = ApiAnswer['json'];

let server: TestServer;
let receiver: TestReceiver;
/** With a key that discloses everything. */
let open: ApiClient;

beforeAll(async () => {
  server = await startTestServer();
  receiver = await startTestReceiver();
  open = await server.apiWith({ disclosed: ['*'] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const inflections = ['kebab', 'camel', 'snake'] as const;

interface Conventions {
  readonly version?: string;
  readonly inflection?: KeyInflection;
}

function headers({ version, inflection }: Conventions): Record<string, string> {
  return {
    ...(version === undefined ? {} : { 'Persona-Version': version }),
    ...(inflection === undefined ? {} : { 'Key-Inflection': inflection }),
  };
}

async function get(path: string, conventions: Conventions = {}, api = open): Promise<Resource> {
  const answer = await api('GET', path, undefined, headers(conventions));
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

/** A client with a key that discloses everything and has these columns. */
async function keyWith(name: string, columns: string): Promise<ApiClient> {
  const options = { db: server.db, clock: systemClock(), ids: idMaker() };
  const value = await createKey(options, { kind: 'sandbox', name, disclosedAttributes: ['*'] });
  await server.db.script(`update api_keys set ${columns} where name = '${name}'`);
  return apiClient(server.server.url, value);
}

/** A key in kebab as the inflection writes it. */
function inflected(key: string, inflection: KeyInflection): string {
  if (inflection === 'snake') return key.replaceAll('-', '_');
  if (inflection === 'kebab') return key;
  return key.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

const names = (resource: Resource): string[] => Object.keys(resource.attributes).toSorted();

const given = {
  'name-first': 'Ada',
  'name-last': 'Byron',
  birthdate: '1815-12-10',
  'address-street-1': '1 Main St',
  'phone-number': '+44 1',
};

async function simulate(id: string, ...actions: object[]): Promise<void> {
  const body = { meta: { 'simulate-actions': actions } };
  const answer = await open('POST', `/inquiries/${id}/perform-simulate-actions`, body);
  expect(answer.status, answer.text).toBe(200);
}

/** An inquiry with a government id that passed, approved. */
async function approvedInquiry(): Promise<string> {
  const id = await server.inquiry({ fields: given });
  const data = { 'verification-template-id': server.verificationTemplateIds.governmentId };
  await simulate(id, { type: 'create_passed_verification', data }, { type: 'complete_inquiry' });
  expect((await open('POST', `/inquiries/${id}/approve`)).status).toBe(200);
  return id;
}

/** Attributes that an inquiry has at a version and has not at the current one. */
function oldAttributes(version: ApiVersion): string[] {
  const repeated = [
    'address-city',
    'address-postal-code',
    'address-postal-code-abbr',
    'address-street-1',
    'address-street-2',
    'address-subdivision',
    'address-subdivision-abbr',
    'birthdate',
    'email-address',
    'identification-number',
    'name-first',
    'name-last',
    'name-middle',
    'phone-number',
  ];
  return [
    ...(version < '2025-10-27' ? repeated : []),
    ...(version < '2021-07-05' ? ['reviewer', 'reviewer-type'] : []),
  ];
}

describe('one inquiry, its account and its verification', () => {
  let id: string;
  let current: Resource;
  let account: string;
  let accountNow: Resource;
  let verification: string;
  let verificationNow: Resource;

  beforeAll(async () => {
    id = await approvedInquiry();
    current = (await get(`/inquiries/${id}`)).data;
    account = `/accounts/${current.relationships.account.data.id}`;
    verification = `/verifications/${current.relationships.verifications.data[0].id}`;
    accountNow = (await get(account)).data;
    verificationNow = (await get(verification)).data;
  });

  const all = servedApiVersions.flatMap((version) =>
    inflections.map((inflection) => ({ version, inflection })),
  );

  test.each(all)('are of version $version in $inflection', async ({ version, inflection }) => {
    const key = (name: string) => inflected(name, inflection);
    const inquiry = (await get(`/inquiries/${id}`, { version, inflection })).data;
    expect(names(inquiry)).toEqual([...names(current), ...oldAttributes(version)].map(key).toSorted());
    if (version < '2025-10-27') {
      for (const [name, value] of Object.entries(given)) expect(inquiry.attributes[key(name)]).toBe(value);
    }
    if (version < '2021-07-05') expect(inquiry.attributes.reviewer).toBe('api');
    expect('reviewer' in inquiry.relationships).toBe(version >= '2021-07-05');
    const fields = Object.keys(current.attributes.fields);
    expect(Object.keys(inquiry.attributes.fields)).toEqual(version < '2025-10-27' ? fields.map(key) : fields);

    const seen = (await get(verification, { version, inflection })).data;
    const [{ attributes: now }, licence] = [verificationNow, key('driver-license-number')];
    expect(names(seen)).toEqual(
      [...Object.keys(now).map(key), ...(version < '2021-02-21' ? [licence] : [])].toSorted(),
    );
    if (version < '2021-02-21') expect(seen.attributes[licence]).toBe(now['identification-number']);

    const owner = (await get(account, { version, inflection })).data;
    expect(names(owner)).toEqual(expect.arrayContaining(names(accountNow).map(key)));
    expect(owner.attributes.fields).toEqual(accountNow.attributes.fields);

    const events = await get(`/events?filter[object-id]=${id}&page[size]=1`, { version, inflection });
    expect(events.data[0].attributes.name).toBe('inquiry.approved');
    expect(events.data[0].attributes.payload.data).toEqual(inquiry);
  });

  test('are shown to a key that discloses nothing without a personal value, at every version', async () => {
    for (const version of servedApiVersions) {
      const paths = [`/inquiries/${id}`, account, verification, `/events?filter[object-id]=${id}`];
      for (const path of paths) {
        const text = JSON.stringify(await get(path, { version }, server.api));
        for (const value of [...Object.values(given), 'I1234562']) expect(text).not.toContain(value);
      }
    }
  });

  test('have what is related to them by default before 2025-10-27, and not in lists', async () => {
    const types = async (path: string, conventions: Conventions) =>
      ((await get(path, conventions)).included ?? []).map(({ type }: Resource) => type).toSorted();
    const everything = await types(`/inquiries/${id}`, { version: '2023-01-05' });
    expect(everything).toEqual(
      expect.arrayContaining(['account', 'document/government-id', 'verification/government-id']),
    );
    expect(await types(`/inquiries/${id}?include=`, { version: '2023-01-05' })).toEqual([]);
    expect(await types(`/inquiries/${id}?include=account`, { version: '2020-05-18' })).toEqual(['account']);
    expect(await types(`/inquiries/${id}`, { version: '2025-10-27' })).toEqual([]);
    expect(await types('/inquiries', { version: '2020-05-18' })).toEqual([]);
    const included = (await get(`${verification}?include=inquiry`, { version: '2021-02-21' })).included[0];
    expect(included.attributes).toMatchObject({ 'name-first': 'Ada', reviewer: 'api' });
  });

  test('are sparse in the names of the version that is asked for, in any inflection', async () => {
    const query = `/inquiries/${id}?fields[inquiry]=nameFirst,fields.name_last,account`;
    const old = await get(query, { version: '2023-01-05', inflection: 'snake' });
    expect(old.data).toEqual({
      type: 'inquiry',
      id,
      attributes: { name_first: 'Ada', fields: { name_last: { type: 'string', value: 'Byron' } } },
      relationships: { account: current.relationships.account },
    });
    const now = await get(`/inquiries/${id}?fields[inquiry]=name-first,status&include=verifications`);
    expect(now.data).toEqual({ type: 'inquiry', id, attributes: { status: 'approved' } });
    const parent = await get(`${verification}?fields[verification]=status,id_class`);
    expect(parent.data.attributes).toEqual({ status: 'passed', 'id-class': 'dl' });
    const exact = `${verification}?fields[verification]=status&fields[verification/governmentId]=id-class`;
    expect((await get(exact)).data.attributes).toEqual({ 'id-class': 'dl' });
  });

  test('include one level further, each resource once', async () => {
    const types = async (include: string) =>
      (await get(`/inquiries/${id}?include=${include}`)).included?.map(({ type }: Resource) => type);
    expect(await types('inquiry-template.latest-published-version')).toEqual([
      'inquiry-template',
      'inquiry-template-version',
    ]);
    expect(await types('verifications.document,documents,verifications.inquiry')).toEqual([
      'verification/government-id',
      'document/government-id',
    ]);
    for (const include of [
      'verifications.account',
      'a.b',
      'verifications.document.inquiry',
      'constructor.x',
    ]) {
      const refused = await open('GET', `/inquiries/${id}?include=${include}`);
      expect(refused.status, include).toBe(400);
    }
  });
});

describe('a webhook', () => {
  test('gets events in the shape that its version has in the API, in its own inflection', async () => {
    const webhooks = await Promise.all(
      servedApiVersions.map(async (version, index) => {
        const inflection = inflections[index % inflections.length] ?? 'kebab';
        const attributes = {
          'api-version': version,
          'api-key-inflection': inflection,
          'disclosed-attributes': ['*'],
          'enabled-events': ['inquiry.approved'],
        };
        await server.webhook(`${receiver.url}${version}`, attributes);
        return { version, inflection };
      }),
    );
    const id = await approvedInquiry();
    const posts = await receiver.waitFor(webhooks.length);
    for (const { version, inflection } of webhooks) {
      const post = posts.find(({ path }) => path === `/${version}`);
      const { payload } = post?.event.json.data.attributes ?? {};
      const asked = { version, inflection };
      expect(payload.data, version).toEqual((await get(`/inquiries/${id}`, asked)).data);
      const verification = payload.included.find(
        ({ type }: Resource) => type === 'verification/government-id',
      );
      expect(verification, version).toEqual((await get(`/verifications/${verification.id}`, asked)).data);
    }
  });

  test('has the version of the request that made it, unless it says another', async () => {
    const attributes = { name: 'x', url: receiver.url, 'enabled-events': ['*'] };
    const make = async (extra: object, version: string) => {
      const data = { attributes: { ...attributes, ...extra } };
      return (await open('POST', '/webhooks', { data }, headers({ version }))).json.data;
    };
    expect((await make({}, '2021-07-05')).attributes['api-version']).toBe('2021-07-05');
    const { id, attributes: made } = await make({ 'api-version': '2022-09-01' }, '2021-07-05');
    expect(made['api-version']).toBe('2022-09-01');
    for (const version of servedApiVersions) {
      const updated = await open('PATCH', `/webhooks/${id}`, {
        data: { attributes: { 'api-version': version } },
      });
      expect(updated.json.data.attributes['api-version']).toBe(version);
    }
    const body = { data: { attributes: { 'api-version': '2021-05-14' } } };
    const refused = await open('PATCH', `/webhooks/${id}`, body);
    expect(refused.status).toBe(422);
    expect(refused.json.errors[0].details).toContain('2025-12-08, 2025-10-27, 2023-01-05');
  });

  test('needs a name from 2025-12-08 on', async () => {
    const make = (name: object, version: string) => {
      const attributes = { ...name, url: receiver.url, 'enabled-events': ['*'] };
      return open('POST', '/webhooks', { data: { attributes } }, headers({ version }));
    };
    for (const name of [{}, { name: null }]) {
      const made = await make(name, '2025-10-27');
      expect(made.status, made.text).toBe(201);
      expect(made.json.data.attributes.name).toBeNull();
      const shown = await open('GET', `/webhooks/${String(made.json.data.id)}`);
      expect(shown.status, shown.text).toBe(200);
      expect(shown.json.data.attributes.name).toBeNull();
      expect((await make(name, '2025-12-08')).status).toBe(400);
    }
  });
});

describe('a request', () => {
  test('has its inquiry attributes that nobody knows ignored before 2025-10-27, and refused since', async () => {
    const attributes = { 'inquiry-template-id': server.templateId, note: 'kept', nameFirst: 'x', other: {} };
    const create = (version: string, data: object = { attributes }) =>
      open('POST', '/inquiries', { data }, headers({ version }));
    const created = await create('2023-01-05');
    expect(created.status, created.text).toBe(201);
    expect(created.json.data.attributes).toMatchObject({ note: 'kept', 'name-first': null });
    const refused = await create('2025-10-27');
    expect(refused.status).toBe(400);
    expect(refused.json.errors[0].details).toBe(
      'data.attributes.name_first, data.attributes.other are not known here',
    );
    // Ignored are attributes only, and what is known is checked.
    expect((await create('2023-01-05', { attributes, other: 1 })).status).toBe(400);
    expect((await create('2023-01-05', { attributes: { ...attributes, note: 1 } })).status).toBe(400);
    const path = `/inquiries/${created.json.data.id}`;
    const update = (version: string) =>
      open('PATCH', path, { data: { attributes: { note: version, other: 1 } } }, headers({ version }));
    expect((await update('2020-05-18')).json.data.attributes.note).toBe('2020-05-18');
    expect((await update('2025-12-08')).status).toBe(400);
  });

  test('that names no version and no inflection has those of its key', async () => {
    const old = await keyWith('old', "api_version = '2020-05-18', key_inflection = 'snake'");
    const path = `/inquiries/${await server.inquiry({ fields: given })}`;
    expect(await get(path, {}, old)).toEqual(await get(path, { version: '2020-05-18', inflection: 'snake' }));
    const asked = { version: '2025-12-08', inflection: 'camel' } as const;
    expect(await get(path, asked, old)).toEqual(await get(path, asked));
    const data = { attributes: { url: receiver.url, enabledEvents: ['*'] } };
    expect((await old('POST', '/webhooks', { data })).json.data.attributes.api_version).toBe('2020-05-18');
  });

  test('shows nothing that its key blocks, also under an older name, and an event keeps its ids', async () => {
    const blind = await keyWith('blind', "attributes_blocklist = '{name-first,id,type}'");
    const id = await server.inquiry({ fields: given });
    for (const version of servedApiVersions) {
      const inquiry = await get(`/inquiries/${id}`, { version }, blind);
      expect(JSON.stringify(inquiry)).not.toContain('"Ada"');
      expect(JSON.stringify(inquiry)).toContain('Byron');
      const events = await get(`/events?filter[object-id]=${id}`, { version }, blind);
      expect(events.data[0].attributes.payload.data).toEqual(inquiry.data);
    }
    const payload = { 'name-first': 'Ada', id: 1 };
    const data = [{ attributes: { name: 'custom.test.sent', payload } }];
    expect((await open('POST', '/events', { data })).status).toBe(201);
    const sent = await get('/events?filter[name]=custom.test.sent', { version: '2020-05-18' }, blind);
    expect(sent.data[0].attributes.payload).toEqual(payload);
  });

  test.each(['2026-09-29', '2021-05-14', '2025-12-07', '', 'latest'])(
    'for version %j is refused with those that are served',
    async (version) => {
      const refused = await open('GET', '/inquiries', undefined, { 'Persona-Version': version });
      expect(refused.status).toBe(400);
      expect(refused.json.errors).toEqual([
        {
          title: 'Bad Request',
          details:
            'Persona-Version must be one of 2025-12-08, 2025-10-27, 2023-01-05, 2022-09-01, 2021-08-18, ' +
            '2021-07-05, 2021-02-21, 2020-05-18',
        },
      ]);
    },
  );
});
