import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../../../testing/test-server.ts';

let server: TestServer;
/** Sees everything. */
let open: ApiClient;
beforeAll(async () => {
  server = await startTestServer();
  open = await server.apiWith({ disclosed: ['*'] });
});
afterAll(() => server[Symbol.asyncDispose]());

type Resource = ApiAnswer['json'];

async function get(api: ApiClient, path: string, headers?: Record<string, string>): Promise<Resource> {
  const answer = await api('GET', path, undefined, headers);
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

async function idsOf(path: string): Promise<string[]> {
  return (await get(server.api, path)).data.map(({ id }: Resource) => id);
}

const fieldValues = {
  'name-first': 'Zebulon',
  'name-middle': 'Q',
  'name-last': 'Pike',
  birthdate: '1979-01-05',
  'email-address': 'zebulon@example.com',
  'phone-number': '+14155550123',
  'address-street-1': '600 California Street',
  'address-street-2': 'Floor 3',
  'address-city': 'San Francisco',
  'address-subdivision': 'California',
  'address-postal-code': '94109',
  'address-country-code': 'US',
  'identification-number': '123-45-6789',
  'selected-country-code': 'US',
};

describe('a new inquiry', () => {
  test('has everything that it was given, and an account of its reference id', async () => {
    const attributes = {
      'inquiry-template-id': server.templateId,
      'reference-id': 'a customer, №1',
      'creator-email-address': 'agent@example.com',
      'redirect-uri': 'https://example.com/done?x=1',
      note: 'A note, with ünïcödé 🙂',
      fields: fieldValues,
      tags: ['vip', 'eu', 'vip'],
    };
    const meta = {
      'auto-create-account': true,
      'auto-create-account-reference-id': 'a customer, №1',
      'auto-create-inquiry-session': false,
      'auto-create-one-time-link': false,
      'expiration-after-create-interval-seconds': 600,
      'expiration-after-start-interval-seconds': 900,
      'expiration-after-resume-interval-seconds': 1200,
      'one-time-link-expiration-seconds': 60,
    };
    const created = await open('POST', '/inquiries?include=account', {
      data: { type: 'inquiry', attributes },
      meta,
    });
    expect(created.status, created.text).toBe(201);
    const { data, included } = created.json;
    expect(data).toMatchObject({
      type: 'inquiry',
      id: expect.stringMatching(/^inq_\w{28}$/),
      attributes: {
        status: 'created',
        'reference-id': 'a customer, №1',
        creator: 'agent@example.com',
        note: 'A note, with ünïcödé 🙂',
        tags: ['vip', 'eu'],
        behaviors: {},
        'started-at': null,
        'redacted-at': null,
        'next-step-name': 'start',
      },
      relationships: {
        account: { data: { type: 'account' } },
        'inquiry-template': { data: { type: 'inquiry-template', id: server.templateId } },
        verifications: { data: [] },
      },
    });
    const values = Object.entries<Resource>(data.attributes.fields).map(([key, { value }]) => [key, value]);
    expect(Object.fromEntries(values)).toEqual(fieldValues);
    expect(data.attributes.fields.birthdate).toEqual({ type: 'date', value: '1979-01-05' });
    const times = [data.attributes['created-at'], data.attributes['expires-at']].map(Date.parse);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(600_000);
    expect(included).toMatchObject([{ type: 'account', attributes: { 'reference-id': 'a customer, №1' } }]);
    expect(created.json.meta).toEqual({
      'session-token': null,
      'one-time-link': null,
      'one-time-link-short': null,
    });
    expect((await get(open, `/inquiries/${data.id}`)).data).toEqual(data);
  });

  test('expires a day later where nothing else is said, counted anew from its start where that is said', async () => {
    const after = ({ attributes }: Resource, since: string) =>
      Date.parse(attributes['expires-at']) - Date.parse(attributes[since]);
    const { data } = await get(server.api, `/inquiries/${await server.inquiry()}`);
    expect(after(data, 'created-at')).toBe(86_400_000);
    const timed = await server.inquiry(
      {},
      { 'expiration-after-start-interval-seconds': 60, 'expiration-after-resume-interval-seconds': 30 },
    );
    const start = { meta: { 'simulate-actions': [{ type: 'start_inquiry' }] } };
    const started = await server.api('POST', `/inquiries/${timed}/perform-simulate-actions`, start);
    expect(after(started.json.data, 'started-at')).toBe(60_000);
    await server.api('POST', `/inquiries/${timed}/expire`);
    const resumed = await server.api('POST', `/inquiries/${timed}/resume`);
    expect(after(resumed.json.data, 'updated-at')).toBe(30_000);
    expect(resumed.json.meta['session-token']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('may be asked for in camel, in snake and by the version of the template', async () => {
    const { data } = await get(server.api, `/inquiries/${await server.inquiry()}`);
    const version = data.relationships['inquiry-template-version'].data.id;
    for (const attributes of [
      {
        inquiryTemplateId: server.templateId,
        referenceId: 'case',
        fields: { nameFirst: 'Zebulon', addressStreet1: 'x' },
      },
      {
        inquiry_template_id: server.templateId,
        reference_id: 'case',
        fields: { name_first: 'Zebulon', address_street_1: 'x' },
      },
      {
        'inquiry-template-version-id': version,
        'reference-id': 'case',
        fields: { 'name-first': 'Zebulon', 'address-street-1': 'x' },
      },
    ]) {
      const created = await open('POST', '/inquiries', { data: { attributes } });
      expect(created.status, created.text).toBe(201);
      expect(created.json.data.attributes).toMatchObject({
        'reference-id': 'case',
        fields: { 'name-first': { value: 'Zebulon' }, 'address-street-1': { value: 'x' } },
      });
    }
  });
});

describe('an answer', () => {
  test('is written in the inflection that is asked for, all but the keys of fields', async () => {
    const id = await server.inquiry({ fields: { 'name-first': 'Zebulon' } });
    const camel = await get(open, `/inquiries/${id}?include=inquiry-template`, { 'Key-Inflection': 'camel' });
    expect(camel.data.attributes).toMatchObject({
      referenceId: null,
      fields: { 'name-first': { value: 'Zebulon' } },
    });
    expect(camel.data.relationships).toHaveProperty('inquiryTemplateVersion');
    expect(camel.included[0].attributes).toHaveProperty('hostedFlowSubdomains');
    const snake = await get(open, `/inquiries/${id}`, { 'Key-Inflection': 'snake' });
    expect(snake.data.attributes).toMatchObject({
      reference_id: null,
      fields: { 'name-first': { value: 'Zebulon' } },
    });
    const data = { attributes: { 'inquiry-template-id': server.templateId } };
    const created = await server.api('POST', '/inquiries', { data }, { 'Key-Inflection': 'camel' });
    expect(created.json.meta).toEqual({ sessionToken: null, oneTimeLink: null, oneTimeLinkShort: null });
  });

  test('includes what is asked for, once, and nothing else', async () => {
    const id = await server.inquiry();
    const typesOf = async (query: string) =>
      ((await get(server.api, `/inquiries/${id}${query}`)).included ?? []).map(({ type }: Resource) => type);
    expect(await typesOf('')).toEqual([]);
    expect(await typesOf('?include=')).toEqual([]);
    expect(await typesOf('?include=account,inquiry_template,account')).toEqual([
      'account',
      'inquiry-template',
    ]);
    expect(await typesOf('?include=sessions,reports,transaction')).toEqual([]);
  });

  test('holds only the attributes that are asked for, for each type', async () => {
    const id = await server.inquiry({ fields: { 'name-first': 'Zebulon' }, note: 'x' });
    const query = 'include=account&fields[inquiry]=status,fields.name-first,referenceId&fields[account]=tags';
    const { data, included } = await get(open, `/inquiries/${id}?${query}`);
    expect(data.attributes).toEqual({
      status: 'created',
      'reference-id': null,
      fields: { 'name-first': { type: 'string', value: 'Zebulon' } },
    });
    expect(included[0].attributes).toEqual({ tags: [] });
    const list = await get(open, '/inquiries?fields[inquiry]=status&page[size]=1');
    expect(list.data[0].attributes).toEqual({ status: 'created' });
    expect(
      (await get(server.api, `/inquiries/${id}?fields[inquiry]=fields.name-first`)).data.attributes,
    ).toEqual({ fields: {} });
  });

  test('shows of personal attributes what the key discloses', async () => {
    const id = await server.inquiry({
      fields: fieldValues,
      note: 'secret',
      'creator-email-address': 'a@example.com',
    });
    const hidden = (await get(server.api, `/inquiries/${id}`)).data.attributes;
    expect(hidden).toMatchObject({
      fields: {},
      note: null,
      creator: '',
      'reviewer-comment': null,
      status: 'created',
    });
    const some = await server.apiWith({ disclosed: ['name-*', 'note'] });
    const { fields, note, creator } = (await get(some, `/inquiries/${id}`)).data.attributes;
    expect(Object.keys(fields)).toEqual(['name-first', 'name-middle', 'name-last']);
    expect([note, creator]).toEqual(['secret', '']);
    const listed = (await get(some, `/inquiries?filter[inquiry-id]=${id}`)).data[0].attributes;
    expect(listed.fields).toEqual(fields);
    const text = (
      await server.api('PATCH', `/inquiries/${id}`, { data: { attributes: { note: 'still secret' } } })
    ).text;
    expect(text).not.toContain('secret');
  });
});

describe('an update', () => {
  test('changes what it names, keeps the rest, fires an event for tags only and is allowed in any status', async () => {
    const id = await server.inquiry({
      fields: { 'name-first': 'Zebulon', 'name-last': 'Pike' },
      note: 'old',
      tags: ['a'],
    });
    await server.api('POST', `/inquiries/${id}/approve`, { meta: { comment: 'fine' } });
    const update = (attributes: object) => open('PATCH', `/inquiries/${id}`, { data: { attributes } });
    const { attributes } = (await update({ fields: { name_first: 'Zeb', 'name-last': null } })).json.data;
    expect(attributes).toMatchObject({
      status: 'approved',
      note: 'old',
      tags: ['a'],
      'reviewer-comment': 'fine',
      fields: { 'name-first': { value: 'Zeb' }, 'name-last': { value: null } },
    });
    expect((await update({ tags: [], note: null })).json.data.attributes).toMatchObject({
      tags: [],
      note: null,
    });
    expect((await update({})).json.data.attributes).toMatchObject({
      tags: [],
      fields: { 'name-first': { value: 'Zeb' } },
    });
    expect((await open('PATCH', `/inquiries/${id}`)).status).toBe(200);
    const names = (await get(server.api, `/events?filter[object-id]=${id}`)).data.map(
      ({ attributes: { name } }: Resource) => name,
    );
    expect(names).toEqual(['inquiry.updated-tags', 'inquiry.approved', 'inquiry.created']);
  });
});

describe('a list', () => {
  test('is walked from the newest to the oldest by its links, and back', async () => {
    const tag = 'walked';
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.unshift(await server.inquiry({ 'reference-id': tag }));
    const follow = async (link: string | null): Promise<Resource> => {
      if (link === null) throw new Error('There is no link to follow.');
      expect(link).toMatch(/^\/api\/v1\/inquiries\?/);
      expect(link).toContain('page%5Bsize%5D=2');
      return get(server.api, link.replace('/api/v1', ''));
    };
    const ids = ({ data }: Resource) => data.map(({ id }: Resource) => id);

    const first = await get(server.api, `/inquiries?filter[reference-id]=${tag}&page[size]=2`);
    expect(ids(first)).toEqual(made.slice(0, 2));
    expect(first.links.prev).toBeNull();
    const second = await follow(first.links.next);
    expect(ids(second)).toEqual(made.slice(2, 4));
    const third = await follow(second.links.next);
    expect(ids(third)).toEqual(made.slice(4));
    expect(third.links.next).toBeNull();
    const back = await follow(third.links.prev);
    expect(ids(back)).toEqual(made.slice(2, 4));
    const start = await follow(back.links.prev);
    expect(ids(start)).toEqual(made.slice(0, 2));
    expect(start.links.prev).toBeNull();
    expect(ids(await follow(start.links.next))).toEqual(made.slice(2, 4));
  });

  test('has ten where nothing is said, and as many as a hundred', async () => {
    const many = [];
    for (let count = 0; count < 12; count += 1) many.push(await server.inquiry({ 'reference-id': 'many' }));
    expect(await idsOf('/inquiries?filter[reference-id]=many')).toHaveLength(10);
    expect(await idsOf('/inquiries?filter[reference-id]=many&page[size]=100')).toEqual(many.toReversed());
    const page = await get(server.api, `/inquiries?page[after]=${many[0] ?? ''}&filter[reference-id]=many`);
    expect(page).toEqual({ data: [], links: { prev: null, next: null } });
  });
});

describe('a filter of inquiries', () => {
  test('keeps those of which it is true', async () => {
    const one = await server.inquiry({ 'reference-id': 'filter-one', note: 'exactly this' });
    const two = await server.inquiry({ 'reference-id': 'filter-two', note: 'exactly this not' });
    await server.api('POST', `/inquiries/${two}/mark-for-review`);
    const resource = (await get(server.api, `/inquiries/${one}`)).data;
    const account = resource.relationships.account.data.id;
    const createdAt = resource.attributes['created-at'];
    const both = `filter[reference-id]=filter-one,filter-two`;

    expect(await idsOf(`/inquiries?${both}`)).toEqual([two, one]);
    expect(await idsOf(`/inquiries?filter[inquiry-id]=${one},${two}`)).toEqual([two, one]);
    expect(await idsOf(`/inquiries?filter[account-id]=${account}`)).toEqual([one]);
    expect(await idsOf(`/inquiries?filter[accountId]=${account}&filter[status]=approved`)).toEqual([]);
    expect(await idsOf('/inquiries?filter[note]=exactly%20this')).toEqual([one]);
    expect(await idsOf('/inquiries?filter[note]=exactly')).toEqual([]);
    expect(await idsOf(`/inquiries?${both}&filter[status]=needs_review,approved`)).toEqual([two]);
    expect(await idsOf(`/inquiries?${both}&filter[status]=needs-review`)).toEqual([two]);
    expect(await idsOf(`/inquiries?${both}&filter[inquiry-template-id]=${server.templateId}`)).toEqual([
      two,
      one,
    ]);
    expect(await idsOf(`/inquiries?${both}&filter[inquiry-template-id]=itmpl_other`)).toEqual([]);
    expect(await idsOf(`/inquiries?${both}&filter[template-id]=tmpl_legacy`)).toEqual([]);
    expect(await idsOf(`/inquiries?${both}&filter[created-at-end]=${createdAt}`)).toEqual([one]);
    expect(await idsOf(`/inquiries?${both}&filter[created-at-start]=${createdAt}`)).toEqual([two, one]);
    const later = new Date(Date.parse(createdAt) + 1).toISOString();
    expect(await idsOf(`/inquiries?${both}&filter[created-at-start]=${later}`)).not.toContain(one);
    expect(await idsOf(`/inquiries?${both}&filter[created-at-end]=2020-01-01`)).toEqual([]);
    expect(await idsOf(`/inquiries?${both}&filter[created-at-start]=2020-01-01T00:00:00%2B02:00`)).toEqual([
      two,
      one,
    ]);
  });

  test('finds no note that was changed, cleared or redacted', async () => {
    const id = await server.inquiry({ note: 'a passing note' });
    const found = () => idsOf('/inquiries?filter[note]=a%20passing%20note');
    expect(await found()).toEqual([id]);
    await server.api('PATCH', `/inquiries/${id}`, { data: { attributes: { note: null } } });
    expect(await found()).toEqual([]);
    await server.api('PATCH', `/inquiries/${id}`, { data: { attributes: { note: 'a passing note' } } });
    expect(await found()).toEqual([id]);
    await server.api('DELETE', `/inquiries/${id}`);
    expect(await found()).toEqual([]);
  });
});

describe('a redacted inquiry', () => {
  const secrets = [
    'Zebulon',
    '1979-01-05',
    'a secret note',
    'agent@example.com',
    'a secret comment',
    'I1234562',
  ];

  async function redacted(): Promise<{ id: string; before: Resource; answer: ApiAnswer }> {
    const id = await server.inquiry({
      fields: fieldValues,
      note: 'a secret note',
      'creator-email-address': 'agent@example.com',
    });
    const verify = (kind: 'governmentId' | 'selfie') => ({
      type: 'create_passed_verification',
      data: { 'verification-template-id': server.verificationTemplateIds[kind] },
    });
    await server.api('POST', `/inquiries/${id}/perform-simulate-actions`, {
      meta: { 'simulate-actions': [verify('governmentId'), verify('selfie'), { type: 'complete_inquiry' }] },
    });
    const approved = await open('POST', `/inquiries/${id}/approve`, {
      meta: { comment: 'a secret comment' },
    });
    const answer = await open('DELETE', `/inquiries/${id}?include=verifications,documents`);
    return { id, before: approved.json.data, answer };
  }

  test('keeps its keys with null, its status, its times and its relationships', async () => {
    const { id, before, answer } = await redacted();
    expect(answer.status).toBe(200);
    const { data, included } = answer.json;
    expect(data.attributes.status).toBe('approved');
    expect(data.attributes['redacted-at']).toMatch(/^\d{4}-.*Z$/);
    expect(data.relationships).toEqual(before.relationships);
    expect(Object.keys(data.attributes)).toEqual(Object.keys(before.attributes));
    for (const name of [
      'created-at',
      'started-at',
      'completed-at',
      'decisioned-at',
      'reference-id',
      'tags',
    ]) {
      expect(data.attributes[name]).toEqual(before.attributes[name]);
    }
    expect(data.attributes).toMatchObject({ note: null, creator: '', 'reviewer-comment': null });
    const values = Object.values<Resource>(data.attributes.fields);
    expect(values.map(({ value }) => value)).toEqual(values.map(() => null));
    expect(Object.keys(data.attributes.fields)).toEqual(Object.keys(before.attributes.fields));
    for (const { type, attributes } of included) {
      if (type === 'verification/government-id') {
        expect(attributes).toMatchObject({
          status: 'passed',
          'name-first': null,
          'redacted-at': expect.any(String),
        });
      }
      if (type === 'document/government-id')
        expect(attributes).toMatchObject({ status: 'processed', birthdate: null });
    }
    expect(included).toHaveLength(3);
    for (const secret of secrets) expect(answer.text).not.toContain(secret);
    expect((await get(open, `/inquiries/${id}`)).data).toEqual(data);
  });

  test('accepts no change any more', async () => {
    const { id } = await redacted();
    const verify = {
      type: 'create_passed_verification',
      data: { 'verification-template-id': server.verificationTemplateIds.selfie },
    };
    const before = await get(open, `/inquiries/${id}`);
    for (const [method, path, body] of [
      ['DELETE', '', undefined],
      ['PATCH', '', { data: { attributes: { note: 'x' } } }],
      ['PATCH', '', { data: { attributes: { tags: ['x'] } } }],
      ['POST', '/approve', { meta: { comment: 'x' } }],
      ['POST', '/decline', undefined],
      ['POST', '/mark-for-review', undefined],
      ['POST', '/expire', undefined],
      ['POST', '/resume', undefined],
      ['POST', '/perform-simulate-actions', { meta: { 'simulate-actions': [{ type: 'decline_inquiry' }] } }],
      ['POST', '/perform-simulate-actions', { meta: { 'simulate-actions': [verify] } }],
    ] as const) {
      const answer = await server.api(method, `/inquiries/${id}${path}`, body);
      expect(answer.status, `${method} ${path}`).toBe(409);
      expect(answer.json.errors[0]).toMatchObject({
        title: 'Conflict',
        details: expect.stringMatching(/^Inquiry already redacted/),
      });
    }
    expect(await get(open, `/inquiries/${id}`)).toEqual(before);
  });

  test('leaves no value in its events, and nothing in the database that a key opens', async () => {
    const { id, before } = await redacted();
    const objects = [
      id,
      ...['verifications', 'documents', 'selfies'].flatMap((name) =>
        before.relationships[name].data.map((link: Resource) => link.id),
      ),
    ];
    const events = await open('GET', `/events?filter[object-id]=${objects.join(',')}&page[size]=100`);
    expect(events.json.data).toHaveLength(17);
    for (const secret of secrets) expect(events.text).not.toContain(secret);
    const rows = await server.db.query<{ keys: number; open: number; sealed: number }>(
      {
        name: 'test.redacted',
        text: `select (select count(*)::int from person_keys where id = $1) as keys,
               (select count(*)::int from inquiries where id = $1 and (sealed is not null or note_index is not null))
               + (select count(*)::int from verifications where inquiry_id = $1 and sealed is not null)
               + (select count(*)::int from documents where inquiry_id = $1 and sealed is not null) as open,
               (select count(*)::int from events where $1 = any (sealed_for)) as sealed`,
      },
      [id],
    );
    expect(rows[0]).toMatchObject({ keys: 0, open: 0 });
    // What was sealed in its events is still there, and its key is gone.
    expect(rows[0]?.sealed).toBeGreaterThan(10);
  });
});

test('an inquiry without an account has none, and makes none', async () => {
  const id = await server.inquiry({ 'reference-id': 'nobody' }, { 'auto-create-account': false });
  const { data } = await get(server.api, `/inquiries/${id}`);
  expect(data.relationships.account).toEqual({ data: null });
  expect(data.attributes['reference-id']).toBe('nobody');
  expect((await get(server.api, '/accounts?filter[reference-id]=nobody')).data).toEqual([]);
  expect(await idsOf('/inquiries?filter[reference-id]=nobody')).toEqual([id]);
});
