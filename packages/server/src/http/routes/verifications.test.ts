import { afterAll, beforeAll, expect, test } from 'vitest';
import { asSealingKey, type SealingKey } from '../../privacy/envelope.ts';
import { createVault, sealJson, unsealJson } from '../../privacy/vault.ts';
import { startTestReceiver, type TestReceiver } from '../../testing/test-receiver.ts';
import {
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../../testing/test-server.ts';

let server: TestServer;
let receiver: TestReceiver;
/** Sees everything. */
let trusted: ApiClient;
beforeAll(async () => {
  receiver = await startTestReceiver();
  server = await startTestServer();
  trusted = await server.apiWith({ disclosed: ['*'] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

type Resource = ApiAnswer['json'];
type Kind = keyof TestServer['verificationTemplateIds'];

async function ok(answer: Promise<ApiAnswer>): Promise<Resource> {
  const { status, json, text } = await answer;
  expect(status, text).toBe(200);
  return json.data;
}

interface Verified {
  readonly inquiry: string;
  readonly verifications: string[];
  readonly documents: string[];
}

async function verify(outcome: 'passed' | 'failed', ...kinds: Kind[]): Promise<Verified> {
  const inquiry = await server.inquiry({ note: 'a note' });
  const actions = kinds.map((kind) => ({
    type: `create_${outcome}_verification`,
    data: { 'verification-template-id': server.verificationTemplateIds[kind] },
  }));
  const { relationships } = await ok(
    server.api('POST', `/inquiries/${inquiry}/perform-simulate-actions`, {
      meta: { 'simulate-actions': [...actions, { type: 'complete_inquiry' }] },
    }),
  );
  const ids = (name: string) => relationships[name].data.map(({ id }: Resource) => id);
  return { inquiry, verifications: ids('verifications'), documents: ids('documents') };
}

async function eventsOf(...ids: string[]): Promise<Resource[]> {
  return (await ok(trusted('GET', `/events?filter[object-id]=${ids.join(',')}&page[size]=100`))).toReversed();
}

const kinds = [
  ['governmentId', 'government-id', 'id_expired_detection'],
  ['selfie', 'selfie', 'selfie_liveness_detection'],
  ['database', 'database', 'database_name_comparison'],
  ['document', 'document', 'document_type_detection'],
] as const;

test.for(kinds)(
  'a simulated verification of the kind %s is found by its kind only',
  async ([name, kind, check]) => {
    const { inquiry, verifications } = await verify('failed', name);
    const [id = ''] = verifications;
    const included = 'inquiry,verification-template,verification-template-version';
    const { json } = await trusted('GET', `/verifications/${id}?include=${included}`);
    expect(json.included).toMatchObject([{ type: 'inquiry', id: inquiry }]);
    const found = json.data;
    expect(found).toMatchObject({ type: `verification/${kind}`, id, attributes: { status: 'failed' } });
    expect(found.attributes.checks[0]).toMatchObject({ name: check, status: 'failed' });
    for (const [, other] of kinds) {
      const answer = await trusted('GET', `/verification/${other}s/${id}?include=inquiry`);
      expect(answer.status, other).toBe(other === kind ? 200 : 404);
      if (other === kind) {
        // Persona's document has no `included` here.
        expect(answer.json).toEqual({ data: found });
      }
    }
    expect((await eventsOf(id)).map(({ attributes }) => attributes.name)).toEqual([
      'verification.created',
      'verification.submitted',
      'verification.failed',
    ]);
  },
);

test('a database verification shows what was compared, a document verification what was read, if disclosed', async () => {
  const { inquiry, verifications, documents } = await verify('passed', 'database', 'document');
  const [database = '', document = ''] = verifications;
  const compared = await ok(trusted('GET', `/verification/databases/${database}`));
  expect(compared.attributes).toMatchObject({
    'country-code': 'US',
    'name-first': 'Alexander',
    'normalized-address-street-1': '600 California St',
    'document-number': null,
  });
  expect(compared.relationships).not.toHaveProperty('document');
  const read = await ok(trusted('GET', `/verification/documents/${document}`));
  expect(read.attributes).toMatchObject({ 'document-type': 'standard_utility_bill', files: [], fields: {} });
  expect(read.attributes['extraction-responses'][0]).toMatchObject({
    'field-name': 'name',
    results: [{ value: 'Alexander J Sample' }],
  });
  expect(read.relationships.document.data).toEqual({ type: 'document/generic', id: documents[0] });
  for (const id of verifications) {
    const { text } = await server.api('GET', `/verifications/${id}?include=document`);
    expect(text).not.toMatch(/Alexander|California|1977|I1234562/);
  }
  // They are made beside the flow: the steps are those of the template.
  const { attributes } = await ok(trusted('GET', `/inquiries/${inquiry}`));
  expect(attributes).toMatchObject({ 'previous-step-name': 'start', 'next-step-name': 'success' });
});

/** What a government id says and no field of an inquiry takes over. */
const onId = 'CA DMV';

test('a document is found by its kind only, and shows what is disclosed', async () => {
  const { inquiry, documents } = await verify('passed', 'governmentId', 'document');
  const [governmentId = '', generic = ''] = documents;
  for (const [id, kind, other] of [
    [governmentId, 'government-ids', 'generics'],
    [generic, 'generics', 'government-ids'],
  ] as const) {
    const answer = await trusted('GET', `/documents/${id}?include=inquiry`);
    expect(answer.json).toMatchObject({
      data: { id, type: `document/${kind.slice(0, -1)}`, attributes: { status: 'processed' } },
      included: [{ type: 'inquiry', id: inquiry }],
    });
    expect(answer.text).toMatch(/94109/);
    expect(await ok(trusted('GET', `/document/${kind}/${id}`))).toEqual(answer.json.data);
    expect((await trusted('GET', `/document/${other}/${id}`)).status).toBe(404);
    expect((await server.api('GET', `/documents/${id}`)).text).not.toMatch(/94109|Alexander/);
  }
  expect((await trusted('GET', `/documents/${inquiry}`)).status).toBe(404);
});

test('a redacted verification is unreadable, wherever it was shown, and nothing else is', async () => {
  const webhook = await server.webhook(receiver.url, {
    'disclosed-attributes': ['*'],
    'enabled-events': ['inquiry.completed'],
  });
  const { inquiry, verifications, documents } = await verify('passed', 'governmentId', 'document');
  const [id = '', other = ''] = verifications;
  const everything = [inquiry, ...verifications, ...documents];
  const [sent] = await receiver.waitFor(1);
  expect(sent?.body.toString()).toContain(onId);
  expect(JSON.stringify(await eventsOf(...everything))).toContain(onId);
  const include = '?include=verifications,documents';
  const approve = () =>
    trusted('POST', `/inquiries/${inquiry}/approve${include}`, {}, { 'Idempotency-Key': inquiry });
  expect((await approve()).text).toContain(onId);

  const redacted = await ok(trusted('DELETE', `/verifications/${id}`));
  expect(redacted.attributes).toMatchObject({
    status: 'passed',
    'name-first': null,
    'country-code': null,
    'id-class': 'dl',
    'redacted-at': expect.any(String),
  });
  expect(redacted.attributes.checks).toHaveLength(4);
  expect(await ok(server.api('GET', `/verifications/${id}`))).toEqual(redacted);
  const looked = await ok(server.api('GET', `/documents/${documents[0] ?? ''}`));
  expect(looked.attributes).toMatchObject({ status: 'processed', 'issuing-authority': null });

  const query = { attribute: 'webhook_id', operator: 'eq', value: webhook.id };
  const [delivery] = (await trusted('POST', '/webhook-events/search', { query })).json.data;
  expect((await trusted('POST', `/webhook-events/${delivery.id}/resend`)).status).toBeLessThan(300);
  const [, again] = await receiver.waitFor(2);
  const shown = await trusted('GET', `/inquiries/${inquiry}${include}`);
  const events = JSON.stringify(await eventsOf(...everything));
  for (const text of [again?.body.toString() ?? onId, shown.text, events]) {
    expect(text).not.toContain(onId);
    // What the other verification and the inquiry say stays.
    expect(text).toContain('guided');
    expect(text).toContain('a note');
  }
  const repeated = await approve();
  expect([repeated.status, repeated.json.errors[0].details]).toEqual([
    409,
    'The request was carried out; its answer showed what has been redacted since, and is gone.',
  ]);
  const second = await trusted('DELETE', `/verifications/${id}`);
  expect([second.status, second.json.errors[0].details]).toEqual([409, 'Verification already redacted']);
  expect(await keysOf(id)).toEqual([]);
  expect((await keysOf(inquiry, other)).length).toBe(2);
});

interface Key {
  readonly id: string;
  readonly wrapped: Buffer;
}

function keysOf(...ids: string[]): Promise<Key[]> {
  const text = 'select id, wrapped from person_keys where id = any ($1)';
  return server.db.query<Key>({ name: '', text }, [ids]);
}

test('the redaction of an inquiry takes the keys of all its verifications, also after that of one', async () => {
  const { inquiry, verifications } = await verify('passed', 'governmentId', 'selfie', 'database', 'document');
  expect(await keysOf(inquiry, ...verifications)).toHaveLength(5);
  const first = await ok(trusted('DELETE', `/verifications/${verifications[0] ?? ''}`));
  await ok(trusted('DELETE', `/inquiries/${inquiry}`));
  expect(await keysOf(inquiry, ...verifications)).toEqual([]);
  for (const [index, id] of verifications.entries()) {
    const { attributes } = await ok(server.api('GET', `/verifications/${id}`));
    expect(attributes['redacted-at']).toEqual(expect.any(String));
    if (index === 0) expect(attributes).toEqual(first.attributes);
    expect((await trusted('DELETE', `/verifications/${id}`)).status).toBe(409);
  }
});

test('reading while verifications are made and redacted never fails', async () => {
  const { inquiry, verifications } = await verify('passed', 'governmentId', 'database', 'document');
  const statuses = await Promise.all([
    ...verifications.flatMap((id) =>
      Array.from({ length: 8 }, () =>
        trusted('GET', `/inquiries/${inquiry}?include=verifications,documents`),
      ).concat(trusted('DELETE', `/verifications/${id}`)),
    ),
  ]);
  expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
});

test('a verification that an earlier version sealed under its inquiry is redacted with all that past events say', async () => {
  const { inquiry, verifications, documents } = await verify('passed', 'governmentId');
  const [id = ''] = verifications;
  await sealAsBefore(inquiry, id, documents[0] ?? '');
  expect((await ok(trusted('GET', `/verifications/${id}`))).attributes['issuing-authority']).toBe(onId);
  await ok(trusted('POST', `/inquiries/${inquiry}/approve`));

  const redacted = await ok(trusted('DELETE', `/verifications/${id}`));
  expect(redacted.attributes).toMatchObject({ 'issuing-authority': null, 'redacted-at': expect.any(String) });
  const rows = await server.db.query({
    name: '',
    text: `select from events where object_id in ('${inquiry}', '${id}', '${documents[0] ?? ''}')
           and (sealed is not null or sealed_for is not null)`,
  });
  expect(rows).toEqual([]);
  expect((await ok(trusted('GET', `/inquiries/${inquiry}`))).attributes.note).toBe('a note');
});

/** Puts the rows of a verification and its document as the version before migration 0010 wrote them. */
async function sealAsBefore(inquiry: string, verification: string, document: string): Promise<void> {
  const vault = createVault(asSealingKey(Buffer.from('0123456789abcdef'.repeat(4), 'hex')));
  const [row] = await server.db.query<{ environment: string }>({
    name: '',
    text: `select environment_id as environment from inquiries where id = '${inquiry}'`,
  });
  const environment = row?.environment ?? '';
  const keys = new Map<string, SealingKey>();
  for (const { id, wrapped } of await keysOf(inquiry, verification)) {
    keys.set(id, vault.unwrapPersonKey(environment, id, wrapped));
  }
  const [before, own] = [keys.get(inquiry), keys.get(verification)];
  if (before === undefined || own === undefined) throw new Error('A key is missing.');
  for (const [table, id] of [
    ['verifications', verification],
    ['documents', document],
  ] as const) {
    const text = `select sealed from ${table} where id = '${id}'`;
    const [sealed] = await server.db.query<{ sealed: Buffer }>({ name: '', text });
    const place = `${table}/${environment}/${id}`;
    const anew = sealJson(before, place, unsealJson(own, place, sealed?.sealed ?? Buffer.alloc(0)));
    await server.db.query({ name: '', text: `update ${table} set sealed = $1 where id = '${id}'` }, [anew]);
  }
  const text = `update verifications set is_sealed_alone = false where id = '${verification}'`;
  await server.db.query({ name: '', text });
  await server.db.query({ name: '', text: `delete from person_keys where id = '${verification}'` });
}
