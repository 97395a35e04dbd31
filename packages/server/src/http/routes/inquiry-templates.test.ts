import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('the versions of a template are listed: it has one, which is the one that inquiries get', async () => {
  const { api, templateId } = server;
  const path = `/inquiry-template-versions?filter[inquiry-template-id]=${templateId}`;
  const listed = (await api('GET', path)).json;
  const template = (await api('GET', `/inquiry-templates/${templateId}?include=latest-published-version`))
    .json;
  expect(listed).toEqual({ data: template.included, links: { prev: null, next: null } });
  const after = (await api('GET', `${path}&page[after]=${listed.data[0].id}`)).json;
  expect(after).toMatchObject({ data: [], links: { next: null } });
});

test.for([
  ['/inquiry-template-versions', 400, 'filter[inquiry-template-id] is missing'],
  ['/inquiry-template-versions?filter[inquiry-template-id]=itmpl_1', 404, undefined],
  ['/inquiry-templates/itmpl_1/translations', 404, undefined],
] as const)('GET %s is refused with %d', async ([path, status, details]) => {
  const answer = await server.api('GET', path);
  expect([answer.status, answer.json.errors[0].details]).toEqual([status, details]);
});

test('the translations of a template are the labels of its fields', async () => {
  const { api, templateId } = server;
  const { data } = (await api('GET', `/inquiry-templates/${templateId}/translations`)).json;
  const template = (await api('GET', `/inquiry-templates/${templateId}`)).json.data;
  expect(data.id).toBe(template.relationships['latest-published-version'].data.id);
  expect(
    data.attributes.translations.map((text: Record<string, unknown>) => [
      text['component'],
      text['locale-values'],
    ]),
  ).toEqual(
    template.attributes['field-schemas'].map(({ key, label }: Record<string, unknown>) => [
      key,
      [{ locale: 'en', value: label }],
    ]),
  );
});
