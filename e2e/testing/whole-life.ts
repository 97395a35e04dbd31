import { expect } from 'vitest';
import { approve, completeInquiry, createInquiry, createWebhook, rotateSecret, succeed } from './api.ts';
import type { DataDir } from './data-dir.ts';
import type { EventReceiver } from './event-receiver.ts';
import { createDisclosingKey } from './operator.ts';
import {
  accountAttributes,
  fieldNeedlesOf,
  inquiryAttributes,
  makePerson,
  needlesOf,
  sandboxDocument,
} from './person.ts';
import type { Needle } from './search.ts';
import type { ServerProcess } from './server-process.ts';

/** What a custom header of a webhook carries. */
export const credential = 'Bearer partner-credential-5f2a9c';
export const ada = makePerson('Ada', '1911-02-28');
/** Who is redacted. */
export const bob = makePerson('Bob', '1912-03-29');
/** Who has an account and no inquiry. */
export const cleo = makePerson('Cleo', '1913-04-30');
/** The same, and is redacted. */
export const dora = makePerson('Dora', '1914-05-31');
export const people: readonly Needle[] = [
  ...needlesOf('Ada', ada),
  ...needlesOf('Bob', bob),
  ...fieldNeedlesOf('Cleo', cleo),
  ...fieldNeedlesOf('Dora', dora),
  ...sandboxDocument,
];

export interface Surroundings {
  readonly dataDir: DataDir;
  /** Of a webhook that discloses nothing. */
  readonly closed: EventReceiver;
  readonly disclosed: EventReceiver;
}

/** Does everything that takes personal data or makes a secret. Returns the secrets. */
export async function live(
  server: ServerProcess,
  key: string,
  { dataDir, closed, disclosed }: Surroundings,
): Promise<Needle[]> {
  const api = server.api(key);
  const { greeting } = server;
  const all = { 'enabled-events': ['*'] };
  const closedWebhook = await createWebhook(api, closed.url, all);
  const headers = { Authorization: credential, 'X-Partner': credential };
  const openWebhook = await createWebhook(api, disclosed.url, {
    ...all,
    'disclosed-attributes': ['*'],
    'custom-http-headers': headers,
  });
  const failing = await createWebhook(api, 'http://127.0.0.1:1024/', {
    ...all,
    'disclosed-attributes': ['*'],
  });
  const clone = await succeed(api('POST', `/webhooks/${openWebhook.id}/clone`));
  closed.trust(closedWebhook.secret);
  disclosed.trust(openWebhook.secret);

  for (const person of [ada, bob]) {
    const id = await createInquiry(api, greeting.templateId, inquiryAttributes(person));
    await completeInquiry(api, id, greeting);
    await succeed(api('POST', `/inquiries/${id}/mark-for-review`));
    await approve(api, id, person.comment);
    const data = { attributes: { note: person.note, fields: person.fields } };
    await succeed(api('PATCH', `/inquiries/${id}`, { data }));
    await succeed(api('GET', `/inquiries?filter[note]=${encodeURIComponent(person.note)}`));
    await refuseAll(server, key, id);
    await closed.untilCount(
      1,
      ({ objectId, eventName }) => objectId === id && eventName === 'inquiry.approved',
    );
    await disclosed.untilCount(
      1,
      ({ objectId, eventName }) => objectId === id && eventName === 'inquiry.approved',
    );
    if (person === bob) await succeed(api('DELETE', `/inquiries/${id}`));
  }
  for (const person of [cleo, dora]) {
    const { data } = (
      await succeed(api('POST', '/accounts', { data: { attributes: accountAttributes(person) } }))
    ).json;
    const update = { data: { attributes: { fields: { address: { city: person.fields['name-last'] } } } } };
    await succeed(api('PATCH', `/accounts/${data.id}`, update));
    for (const receiver of [closed, disclosed]) {
      await receiver.untilCount(2, ({ objectId }) => objectId === data.id);
    }
    if (person === dora) await succeed(api('DELETE', `/accounts/${data.id}`));
  }
  const secrets = await rotateSecret(api, openWebhook.id);
  disclosed.trust(...secrets);
  await createInquiry(api, greeting.templateId, { note: ada.note });
  await disclosed.untilCount(1, ({ headers: { 'persona-signature': value } }) => String(value).includes(' '));
  const disclosingKey = await createDisclosingKey(dataDir, ['*']);
  await keepAnswers(server, disclosingKey);
  const values = {
    key,
    'disclosing key': disclosingKey,
    'custom header': credential,
    'secret of the closed webhook': closedWebhook.secret,
    'secret of the failing webhook': failing.secret,
    'secret of the clone': clone.json.data.attributes.secret,
    'new secret': secrets[0] ?? '',
    'old secret': openWebhook.secret,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Requests with a key that says something personal, whose answers do, and are kept. */
async function keepAnswers(server: ServerProcess, disclosingKey: string): Promise<void> {
  const api = server.api(disclosingKey);
  const attributes = { 'inquiry-template-id': server.greeting.templateId, ...inquiryAttributes(ada) };
  const headers = { 'idempotency-key': `of ${ada.fields['email-address']!}` };
  const create = async () => succeed(api('POST', '/inquiries', { data: { attributes } }, headers));
  const first = await create();
  expect(first.text).toContain(ada.fields['name-last']);
  expect((await create()).text).toBe(first.text);
}

/** Requests that are refused, each with something personal or secret where it is wrong. */
async function refuseAll(server: ServerProcess, key: string, inquiryId: string): Promise<void> {
  const api = server.api(key);
  const attributes = { 'inquiry-template-id': server.greeting.templateId };
  const refused = await Promise.all([
    api('POST', '/inquiries', { data: { attributes: { ...attributes, fields: { nickname: ada.note } } } }),
    api('POST', '/inquiries', {
      data: { attributes: { ...attributes, fields: { birthdate: ada.comment } } },
    }),
    api('POST', '/inquiries', {
      data: { attributes: { ...attributes, [ada.fields['email-address']!]: ada.note } },
    }),
    api('POST', '/inquiries', `{"data": {"attributes": {"note": "${ada.note}"`),
    api('GET', `/${encodeURIComponent(ada.note)}?note=${encodeURIComponent(ada.comment)}`),
    api('GET', `/inquiries?filter[email]=${encodeURIComponent(ada.fields['email-address']!)}`),
    api('POST', `/inquiries/${inquiryId}/approve`, { meta: { comment: { text: ada.comment } } }),
    api('POST', '/webhooks', { data: { attributes: { name: 'x', url: `http://${credential}@127.0.0.1/` } } }),
    server.api(`${key}x`)('GET', '/inquiries'),
  ]);
  expect(refused.map(({ status }) => Math.floor(status / 100))).toEqual(refused.map(() => 4));
}
