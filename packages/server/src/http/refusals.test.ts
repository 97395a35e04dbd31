import { limits } from '@credence/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiClient, startTestServer, type ApiAnswer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const long = (length: number) => 'x'.repeat(length);
const json = { 'content-type': 'application/json' };

/** Status, the text that names what and where, and the pointer. */
interface Refused {
  readonly status: number;
  readonly says: string | RegExp;
  readonly pointer?: string;
}

function expectRefusal(answer: ApiAnswer, { status, says, pointer }: Refused): void {
  expect(answer.status, answer.text).toBe(status);
  const [error] = answer.json.errors;
  expect(error.details).toMatch(says);
  expect(error.title).toMatch(/^[A-Z]/);
  if (status === 422) expect(error.source?.pointer).toMatch(/^\//);
  if (pointer !== undefined) expect(error.source.pointer).toBe(pointer);
  expect(answer.headers.get('request-id')).toMatch(/^req_/);
}

describe('the creation of an inquiry is refused', () => {
  test.for<readonly [what: string, attributes: object, refused: Refused]>([
    [
      'an unknown attribute',
      { 'favourite-colour': 'red' },
      { status: 400, says: 'data.attributes.favourite_colour is not known here' },
    ],
    ['a note that is no string', { note: 5 }, { status: 400, says: 'data.attributes.note must be a string' }],
    [
      'tags that are no array',
      { tags: 'vip' },
      { status: 400, says: 'data.attributes.tags must be an array' },
    ],
    [
      'a tag that is no string',
      { tags: ['vip', 7] },
      { status: 400, says: 'data.attributes.tags.1 must be a string' },
    ],
    ['an empty tag', { tags: [''] }, { status: 422, says: 'data.attributes.tags.0 must not be empty' }],
    [
      'too many tags',
      { tags: Array.from({ length: limits.tags + 1 }, String) },
      { status: 422, says: 'data.attributes.tags must have at most 100 tags' },
    ],
    [
      'fields that are no object',
      { fields: ['x'] },
      { status: 422, says: 'data.attributes.fields must be an object' },
    ],
    [
      'a field that the template has not',
      { fields: { shoe: '44' } },
      {
        status: 422,
        says: /fields\.shoe is not a field of the template; the template has name-first/,
        pointer: '/data/attributes/fields/shoe',
      },
    ],
    [
      'a field of the wrong type',
      { fields: { 'name-first': 5 } },
      { status: 422, says: 'data.attributes.fields.name_first must be a string or null' },
    ],
    [
      'a field that is too long',
      { fields: { 'name-first': long(1025) } },
      { status: 422, says: 'must have at most 1024 characters' },
    ],
    [
      'a date that is none',
      { fields: { birthdate: '1990-02-30' } },
      { status: 422, says: 'data.attributes.fields.birthdate must be a date as YYYY-MM-DD' },
    ],
    [
      'a field in two spellings',
      { fields: { 'name-first': 'a', nameFirst: 'b' } },
      { status: 422, says: 'data.attributes.fields gives a field twice, in two spellings' },
    ],
    [
      'an attribute in two spellings',
      { note: null, 'reference-id': 'a', referenceId: 'b' },
      { status: 400, says: 'data.attributes.reference_id is given twice, in two spellings' },
    ],
    [
      'a note that is too long',
      { note: long(10_001) },
      {
        status: 422,
        says: 'data.attributes.note must have at most 10000 characters',
        pointer: '/data/attributes/note',
      },
    ],
    [
      'a reference id that is too long',
      { 'reference-id': long(256) },
      { status: 422, says: 'data.attributes.reference_id must have at most 255 characters' },
    ],
    [
      'an empty reference id',
      { 'reference-id': '' },
      { status: 422, says: 'data.attributes.reference_id must not be empty' },
    ],
    [
      'a redirect to nowhere',
      { 'redirect-uri': '/done' },
      { status: 422, says: 'data.attributes.redirect_uri must be an absolute URI' },
    ],
    [
      'a creator who has no address',
      { 'creator-email-address': 'me' },
      { status: 422, says: 'data.attributes.creator_email_address must be an e-mail address' },
    ],
    [
      'an id that is too long',
      { 'account-id': long(65) },
      { status: 422, says: 'data.attributes.account_id must have at most 64 characters' },
    ],
    [
      'an account that is not there',
      { 'account-id': 'act_1' },
      {
        status: 422,
        says: 'data.attributes.account_id is not found',
        pointer: '/data/attributes/account-id',
      },
    ],
    [
      'an account and a reference id',
      { 'account-id': 'act_1', 'reference-id': 'a' },
      { status: 400, says: 'takes one of account_id, reference_id, not both' },
    ],
    [
      'a legacy template',
      { 'template-id': 'tmpl_1' },
      { status: 422, says: 'data.attributes.template_id is not supported: Credence has no legacy templates' },
    ],
    [
      'a theme',
      { 'theme-set-id': 'theset_1' },
      { status: 422, says: 'data.attributes.theme_set_id is not supported' },
    ],
    [
      'a template and a version',
      { 'inquiry-template-version-id': 'itmplv_1' },
      { status: 400, says: 'takes one of inquiry_template_id, inquiry_template_version_id, not both' },
    ],
    ['NUL', { note: 'a\0b' }, { status: 400, says: 'data.attributes.note must not contain NUL' }],
    [
      'half a character',
      { note: 'a\ud800' },
      { status: 400, says: 'data.attributes.note must not contain lone surrogates' },
    ],
    [
      'NUL in a key',
      { fields: { 'a\0b': 'x' } },
      { status: 400, says: 'A key under data.attributes.fields must not contain NUL' },
    ],
    [
      'a value over 64 KiB',
      { note: long(65_537) },
      { status: 400, says: 'data.attributes.note must have at most 65536 bytes' },
    ],
    [
      '__proto__ as an attribute',
      JSON.parse('{"__proto__": {"note": "x"}}'),
      { status: 400, says: 'data.attributes.__proto__ is not known here' },
    ],
  ])('for %s', async ([, attributes, refused]) => {
    const data = { attributes: { 'inquiry-template-id': server.templateId, ...attributes } };
    const own = Object.getOwnPropertyDescriptor(attributes, '__proto__');
    if (own !== undefined) Object.defineProperty(data.attributes, '__proto__', own);
    expectRefusal(await server.api('POST', '/inquiries', { data }), refused);
  });

  test.for<readonly [what: string, body: (templateId: string) => object, refused: Refused]>([
    ['no data', () => ({}), { status: 400, says: 'data is missing' }],
    ['no attributes', () => ({ data: {} }), { status: 400, says: 'data.attributes is missing' }],
    [
      'no template',
      () => ({ data: { attributes: {} } }),
      { status: 400, says: 'data.attributes.inquiry_template_id is missing' },
    ],
    [
      'another type',
      (id) => ({ data: { type: 'case', attributes: { inquiryTemplateId: id } } }),
      { status: 422, says: 'data.type must be "inquiry"' },
    ],
    [
      'a member beside data',
      (id) => ({ data: { attributes: { inquiryTemplateId: id } }, extra: 1 }),
      { status: 400, says: 'extra is not known here' },
    ],
    [
      'an unknown meta',
      (id) => ({ data: { attributes: { inquiryTemplateId: id } }, meta: { soon: true } }),
      { status: 400, says: 'meta.soon is not known here' },
    ],
    [
      'an expiry that is over at once',
      (id) => ({
        data: { attributes: { inquiryTemplateId: id } },
        meta: { expirationAfterCreateIntervalSeconds: 0 },
      }),
      { status: 422, says: 'meta.expiration_after_create_interval_seconds must be at least 1 second' },
    ],
    [
      'an expiry after years',
      (id) => ({
        data: { attributes: { inquiryTemplateId: id } },
        meta: { expirationAfterCreateIntervalSeconds: 31_536_001 },
      }),
      { status: 422, says: 'must be at most 31536000 seconds' },
    ],
    [
      'an expiry of half a second',
      (id) => ({
        data: { attributes: { inquiryTemplateId: id } },
        meta: { expirationAfterCreateIntervalSeconds: 1.5 },
      }),
      { status: 400, says: 'must be an integer' },
    ],
    [
      'a one-time link that lives no second',
      (id) => ({
        data: { attributes: { inquiryTemplateId: id } },
        meta: { autoCreateOneTimeLink: true, oneTimeLinkExpirationSeconds: 0 },
      }),
      { status: 422, says: 'meta.one_time_link_expiration_seconds must be at least 1 second' },
    ],
    [
      'a reference id for an account that is not to be made',
      (id) => ({
        data: { attributes: { inquiryTemplateId: id } },
        meta: { autoCreateAccount: false, autoCreateAccountReferenceId: 'a' },
      }),
      {
        status: 400,
        says: 'meta.auto_create_account_reference_id cannot be given with auto_create_account false',
      },
    ],
    [
      'two reference ids',
      (id) => ({
        data: { attributes: { inquiryTemplateId: id, referenceId: 'a' } },
        meta: { autoCreateAccountReferenceId: 'b' },
      }),
      { status: 400, says: 'cannot be given with another data.attributes.reference_id' },
    ],
  ])('for %s', async ([, body, refused]) => {
    expectRefusal(await server.api('POST', '/inquiries', body(server.templateId)), refused);
  });

  test('for an unknown template, and names those that there are', async () => {
    const data = { attributes: { 'inquiry-template-id': 'itmpl_unknown' } };
    const says = `data.attributes.inquiry_template_id is not found; there is ${server.templateId}`;
    expectRefusal(await server.api('POST', '/inquiries', { data }), {
      status: 422,
      says,
      pointer: '/data/attributes/inquiry-template-id',
    });
    const version = { attributes: { 'inquiry-template-version-id': server.templateId } };
    expectRefusal(await server.api('POST', '/inquiries', { data: version }), {
      status: 422,
      says: /inquiry_template_version_id is not found; there is itmplv_/,
    });
  });

  test('and a refusal of long and many keys stays short', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`${long(100)}${String(index)}`, 1]),
    );
    const data = { attributes: { 'inquiry-template-id': server.templateId } };
    const unknown = await server.api('POST', '/inquiries', {
      data: { attributes: { ...data.attributes, ...many } },
    });
    expect(unknown.json.errors[0].details).toMatch(/ and 4990 more are not known here$/);
    const fields = { [long(60_000)]: 'x' };
    const field = await server.api('POST', '/inquiries', {
      data: { attributes: { ...data.attributes, fields } },
    });
    expect(field.status).toBe(422);
    expect(Math.max(unknown.text.length, field.text.length)).toBeLessThan(3_000);
  });
});

describe('a body is refused', () => {
  const post = (body: RequestInit['body'], headers: Record<string, string> = json) =>
    fetch(`${server.server.url}/api/v1/inquiries`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.sandboxKey}`, ...headers },
      body,
      duplex: 'half',
    } as RequestInit);

  test.for<
    readonly [
      what: string,
      body: string | Uint8Array,
      headers: Record<string, string>,
      status: number,
      says: string,
    ]
  >([
    ['that is no JSON', '{"data":', json, 400, 'The request body is not valid JSON.'],
    [
      'that is no UTF-8',
      new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]),
      json,
      400,
      'The request body is not valid UTF-8.',
    ],
    ['that is no object', '[]', json, 400, 'The request body must be a JSON object.'],
    ['that is a number', '5', json, 400, 'The request body must be a JSON object.'],
    [
      'of another type',
      '{}',
      { 'content-type': 'text/plain' },
      415,
      'The request body must be sent as application/json.',
    ],
    [
      'of a form',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'The request body must be sent as application/json.',
    ],
    [
      'that is nested deep',
      `{"a":${'['.repeat(33)}${']'.repeat(33)}}`,
      json,
      400,
      'The request body must be nested at most 32 deep.',
    ],
    [
      'that is nested very deep',
      `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
      json,
      400,
      'nested at most 32 deep.',
    ],
    [
      'with half a character',
      '{"data":{"type":"\\ud83d"}}',
      json,
      400,
      'data.type must not contain lone surrogates',
    ],
    ['with NUL', '{"data":{"type":"\\u0000"}}', json, 400, 'data.type must not contain NUL'],
    ['with a key given twice', '{"data":{"a":{},"a":{}}}', json, 400, 'data.a is given twice'],
    [
      'with a key given twice, once escaped',
      '{"data":[{"\\u0061":1,"a":2}]}',
      json,
      400,
      'data.0.a is given twice',
    ],
    ['with __proto__ given twice', '{"__proto__":1,"__proto__":2}', json, 400, '__proto__ is given twice'],
    [
      'with a number beyond 2^53',
      '{"a":9007199254740993}',
      json,
      400,
      'a must be a number that a double can hold',
    ],
    [
      'with a number that is infinite',
      '{"a":[0,1e400]}',
      json,
      400,
      'a.1 must be a number that a double can hold',
    ],
    [
      'with a number that is none any more',
      '{"a":1e-400}',
      json,
      400,
      'a must be a number that a double can hold',
    ],
    [
      'in another character set',
      '{}',
      { 'content-type': 'application/json; charset=utf-16' },
      415,
      'in UTF-8',
    ],
    [
      'that is compressed',
      '{}',
      { ...json, 'content-encoding': 'gzip' },
      415,
      'The request body must be sent without a Content-Encoding.',
    ],
  ])('%s', async ([, body, headers, status, says]) => {
    const response = await post(body as string, headers);
    expect(response.status).toBe(status);
    expect(((await response.json()) as ApiAnswer['json']).errors[0].details).toContain(says);
  });

  test('that is longer than a mebibyte, declared or not, and the connection goes on', async () => {
    for (let round = 0; round < 3; round += 1) {
      const declared = await post(`{"a":"${long(limits.bodyBytes)}"}`);
      expect(declared.status).toBe(413);
      expect(await declared.text()).toContain(`at most ${String(limits.bodyBytes)} bytes`);
      const chunk = new TextEncoder().encode(long(100_000));
      let left = 12;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          left -= 1;
          if (left < 0) controller.close();
          else controller.enqueue(chunk);
        },
      });
      const streamed = await post(stream);
      expect(streamed.status).toBe(413);
      expect(await streamed.text()).toContain(`at most ${String(limits.bodyBytes)} bytes`);
      expect((await server.api('GET', '/inquiries')).status).toBe(200);
    }
  });

  test('where none is taken', async () => {
    const inquiry = await server.inquiry();
    for (const action of ['mark-for-review', 'expire', 'resume']) {
      const answer = await server.api('POST', `/inquiries/${inquiry}/${action}`, { meta: { comment: 'x' } });
      expectRefusal(answer, { status: 400, says: 'meta is not known here' });
    }
  });

  test('of simulated actions that say nothing that can be done', async () => {
    const path = `/inquiries/${await server.inquiry()}/perform-simulate-actions`;
    const simulate = (...actions: unknown[]) =>
      server.api('POST', path, { meta: { 'simulate-actions': actions } });
    expectRefusal(await simulate(), {
      status: 422,
      says: 'meta.simulate_actions must have at least one action',
    });
    expectRefusal(await simulate({ type: 'dance' }), {
      status: 400,
      says: /simulate_actions\.0.* must have a type of start_inquiry/,
    });
    expectRefusal(await simulate(7), { status: 400, says: /meta\.simulate_actions\.0 must be an object/ });
    expectRefusal(await simulate({ type: 'create_passed_verification' }), {
      status: 400,
      says: 'meta.simulate_actions.0.data is missing',
    });
    expectRefusal(await simulate(...Array.from({ length: 51 }, () => ({ type: 'start_inquiry' }))), {
      status: 422,
      says: 'must have at most 50 actions',
    });
    const unknown = { type: 'create_failed_verification', data: { 'verification-template-id': 'vtmpl_1' } };
    expectRefusal(await simulate(unknown), {
      status: 422,
      says: new RegExp(
        `verification_template_id is not found; .* ${server.verificationTemplateIds.selfie} \\(selfie\\)`,
      ),
    });
  });
});

describe('a webhook is refused', () => {
  test.for<readonly [what: string, attributes: object, refused: Refused]>([
    ['without a name', { name: undefined }, { status: 400, says: 'data.attributes.name is missing' }],
    [
      'with an unknown attribute',
      { colour: 'red' },
      { status: 400, says: 'data.attributes.colour is not known here' },
    ],
    [
      'with an unknown event',
      { 'enabled-events': ['inquiry.approved', 'inquiry.aproved'] },
      {
        status: 422,
        says: 'data.attributes.enabled_events names no event: "inquiry.aproved"',
        pointer: '/data/attributes/enabled-events',
      },
    ],
    [
      'without an event',
      { 'enabled-events': [] },
      { status: 422, says: 'data.attributes.enabled_events must name at least one event, or "*"' },
    ],
    [
      'with a URL that is none',
      { url: 'example.com' },
      { status: 422, says: 'data.attributes.url is refused: An absolute http or https URL is expected' },
    ],
    [
      'with a URL that is too long',
      { url: `https://example.com/${long(2_048)}` },
      { status: 422, says: 'longer than 2048 characters' },
    ],
    [
      'with a name that is too long',
      { name: long(256) },
      { status: 422, says: 'data.attributes.name must have at most 255 characters' },
    ],
    [
      'with an unknown version',
      { 'api-version': '1999-01-01' },
      { status: 422, says: 'data.attributes.api_version must be one of 2025-12-08' },
    ],
    [
      'with an unknown inflection',
      { 'api-key-inflection': 'pascal' },
      { status: 422, says: 'data.attributes.api_key_inflection must be one of camel, kebab, snake' },
    ],
    [
      'with a pattern that is none',
      { 'api-attributes-blocklist': ['/data/[x]'] },
      { status: 422, says: 'data.attributes.api_attributes_blocklist' },
    ],
    [
      'with a retry policy that is none',
      { 'retry-policy': 'often' },
      { status: 400, says: /data\.attributes\.retry_policy must be "classic", "current" or/ },
    ],
    [
      'with a time that is too short',
      { 'timeout-ms': 499 },
      { status: 422, says: 'data.attributes.timeout_ms must be at least 500' },
    ],
    [
      'with a region where none is configured',
      { region: 'germany' },
      { status: 422, says: 'data.attributes.region must be null: no regions are configured' },
    ],
    [
      'with no concurrency',
      { 'max-concurrency': 0 },
      { status: 422, says: 'data.attributes.max_concurrency must be at least 1' },
    ],
    [
      'with more concurrency than there is',
      { 'max-concurrency': 129 },
      { status: 422, says: 'data.attributes.max_concurrency must be at most 128' },
    ],
    [
      'with a rate that stops it',
      { 'rate-limit-per-second': 0 },
      { status: 422, says: 'data.attributes.rate_limit_per_second must be at least 1' },
    ],
    [
      'with a rate that is no whole number',
      { 'rate-limit-per-second': 1.5 },
      { status: 400, says: 'data.attributes.rate_limit_per_second must be an integer' },
    ],
    [
      'with a header that is ours',
      { 'custom-http-headers': { 'persona-signature': 'x' } },
      { status: 422, says: 'data.attributes.custom_http_headers' },
    ],
    [
      'with a filter that knows no mercy',
      { 'payload-filter': { $and: [] } },
      { status: 422, says: 'unknown operator "$and"' },
    ],
    [
      'with an allowlist of nothing known',
      { 'included-allowlist': { state: 'some' } },
      { status: 400, says: 'data.attributes.included_allowlist' },
    ],
  ])('%s', async ([, attributes, refused]) => {
    const given = { name: 'x', url: 'https://example.com/', 'enabled-events': ['*'], ...attributes };
    expectRefusal(await server.api('POST', '/webhooks', { data: { attributes: given } }), refused);
  });
});

describe('a query is refused', () => {
  test.for([
    ['/inquiries?limit=5', 'limit is not a parameter of this request'],
    ['/inquiries?include=account', 'include is not a parameter of this request'],
    ['/inquiries?filter[colour]=red', 'filter[colour] is not known; one of account-id'],
    ['/inquiries?filter[status]=done', 'filter[status] must be of created, pending'],
    ['/inquiries?filter[created-at-start]=yesterday', 'filter[created-at-start] must be a time such as'],
    ['/inquiries?filter[created-at-end]=2026-13-01', 'filter[created-at-end] must be a time such as'],
    ['/inquiries?filter[note]=a&filter[status]=created', 'filter[note] cannot be combined'],
    [
      `/inquiries?filter[inquiry-id]=${Array.from({ length: 101 }, () => 'inq_1').join(',')}`,
      'takes at most 100 ids',
    ],
    ['/inquiries?filter[reference-id]=a&filter[referenceId]=b', 'filter[referenceId] is given twice'],
    ['/inquiries?page[size]=1&page[size]=2', 'page[size] is given twice'],
    ['/inquiries?page[size]=0', 'page[size] must be a whole number from 1 to 100'],
    ['/inquiries?page[size]=101', 'page[size] must be a whole number from 1 to 100'],
    ['/inquiries?page[size]=1e1', 'page[size] must be a whole number from 1 to 100'],
    ['/inquiries?page[after]=x', 'page[after] must be the id of an object'],
    ['/inquiries?page[after]=inq_1&page[before]=inq_2', 'cannot be given together'],
    ['/inquiries?page[number]=2', 'page[number] is not known; one of after, before, size'],
    ['/inquiries?filter[reference-id]=%ff', 'The query is not percent-encoded UTF-8.'],
    ['/rate-limits?page[size]=5', 'page[size] is not a parameter of this request'],
    ['/inquiries?filter[status]=%00', 'filter[status] must not contain NUL'],
    ['/webhooks?filter[name]=x', 'filter[name] is not known; this list has no filters'],
    ['/accounts/act_1?include=friends', 'include names friends; one of account-type is expected'],
    ['/events/evt_1?include=x', 'include names x; there is nothing to include'],
    ['/events/evt_1?page[size]=5', 'page[size] is not a parameter of this request'],
  ] as const)('%s', async ([path, says]) => {
    const answer = await server.api('GET', path);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.json.errors[0]).toMatchObject({ title: 'Bad Request' });
    expect(answer.json.errors[0].details).toContain(says);
  });

  test('that makes the URL too long', async () => {
    const answer = await server.api('GET', `/inquiries?filter[note]=${long(limits.uriLength)}`);
    expectRefusal(answer, { status: 414, says: 'The URL must have at most 8192 characters.' });
  });
});

describe('a header is refused', () => {
  test.for([
    ['Persona-Version', '1999-01-01', 'Persona-Version must be one of 2025-12-08'],
    ['Persona-Version', '2026-09-29', 'Persona-Version must be one of 2025-12-08'],
    ['Key-Inflection', 'pascal', 'Key-Inflection must be one of kebab, camel, snake'],
  ] as const)('%s: %s', async ([name, value, says]) => {
    expectRefusal(await server.api('GET', '/inquiries', undefined, { [name]: value }), { status: 400, says });
  });

  test.for([
    'text/html',
    'application/xml, text/*;q=0.5',
    'application/json;q=0',
    '*/*, application/json;q=0',
  ])('Accept: %s, which takes no JSON', async (accept) => {
    const says = 'Answers are application/json; the header Accept must take it.';
    expectRefusal(await server.api('GET', '/inquiries', undefined, { accept }), { status: 406, says });
  });

  test.for([
    '*/*',
    'application/*;q=0.1',
    'text/html, Application/JSON; q=0.9',
    'application/vnd.api+json',
    'a, */*;q=x',
  ])('but not Accept: %s, which does', async (accept) => {
    expect((await server.api('GET', '/inquiries', undefined, { accept })).status).toBe(200);
  });
});

describe('a key that opens nothing', () => {
  test.for([
    ['missing', undefined, 'Must be authenticated to access this endpoint'],
    ['of another scheme', 'Basic abc', 'Must be authenticated to access this endpoint'],
    ['empty', 'Bearer ', 'Must be authenticated to access this endpoint'],
    ['unknown', 'Bearer persona_sandbox_unknown', 'Token is invalid'],
    ['far too long', `Bearer ${long(500)}`, 'Must be authenticated to access this endpoint'],
  ] as const)('because it is %s is 401 with a title only', async ([, authorization, title]) => {
    const response = await fetch(`${server.server.url}/api/v1/inquiries`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ errors: [{ title }] });
    expect(response.headers.get('ratelimit-limit')).toBeNull();
    expect(response.headers.get('persona-environment-id')).toBeNull();
  });

  test('because it has expired is 401, from its instant on', async () => {
    const key = 'persona_sandbox_that_expires';
    const expiry = (at: string) =>
      server.db.script(
        `update api_keys set expires_at = ${at} where value_sha256 = sha256('${key}') ;
         insert into api_keys (environment_id, id, name, value_sha256, disclosed_attributes, permissions, created_at, expires_at)
         select environment_id, 'api_expiring', 'expiring', sha256('${key}'), '{}', permissions, now(), ${at} from api_keys limit 1
         on conflict do nothing`,
      );
    const api = apiClient(server.server.url, key);
    await expiry(`now() + interval '1 hour'`);
    expect((await api('GET', '/inquiries')).status).toBe(200);
    await expiry(`now() - interval '1 second'`);
    const answer = await api('GET', '/inquiries');
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({ errors: [{ title: 'Token is invalid' }] });
  });
});

describe('an address where nothing is', () => {
  test.for([
    ['GET', '/nothing'],
    ['POST', '/inquiries/inq_1/dance'],
    ['OPTIONS', '/nothing'],
    ['GET', '/inquiries/'],
    ['GET', '//inquiries'],
    ['GET', '/inquiries/inq_1//approve'],
    ['GET', '/inquiries%2finq_1'],
  ] as const)('is 404 in the form of every error: %s %s', async ([method, path]) => {
    const answer = await server.api(method, path);
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      errors: [{ title: 'Not found', details: `There is no ${method} /api/v1${path}.` }],
    });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('ratelimit-limit')).not.toBeNull();
  });

  test.for(['inq_1', 'x', 'inq_1%00', '%E0%A4%A', '..%2f..', `inq_${long(100)}`, "inq_1'--"])(
    'is 404 for an id that nothing has: %s',
    async (id) => {
      const answer = await server.api('GET', `/inquiries/${id}`);
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({ errors: [{ title: 'Record not found' }] });
    },
  );

  test.for([
    ['DELETE', '/webhooks/wbh_1', 'GET, HEAD, OPTIONS, PATCH'],
    ['PUT', '/inquiries', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/inquiries/inq_1/approve', 'OPTIONS, POST'],
    ['PATCH', '/webhook-events/search', 'GET, HEAD, OPTIONS, POST'],
  ] as const)('that takes other methods is 405, and says which: %s %s', async ([method, path, allow]) => {
    const answer = await server.api(method, path);
    expectRefusal(answer, { status: 405, says: `There is no ${method} /api/v1${path}. It takes ${allow}.` });
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.headers.get('ratelimit-limit')).not.toBeNull();
    const asked = await server.api('OPTIONS', path);
    expect([asked.status, asked.headers.get('allow'), asked.text]).toEqual([204, allow, '']);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    const stranger = await fetch(`${server.server.url}/api/v1${path}`, { method });
    expect([stranger.status, stranger.headers.get('allow')]).toEqual([401, null]);
  });

  test('outside of the API takes GET alone, and the metrics do not say that they are there', async () => {
    const ask = (method: string, path: string) => fetch(`${server.server.url}${path}`, { method });
    for (const path of ['/healthz', '/readyz', '/.well-known/egress-addresses.json']) {
      const posted = await ask('POST', path);
      expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
    expect((await ask('POST', '/metrics')).status).toBe(404);
  });

  test('answers HEAD as it answers GET, without a body, and OPTIONS with what it takes', async () => {
    for (const path of [
      '/api/v1/inquiries',
      `/api/v1/inquiries/${await server.inquiry()}`,
      '/healthz',
      '/readyz',
    ]) {
      const ask = (method: string) =>
        fetch(`${server.server.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${server.sandboxKey}` },
        });
      const [head, get] = [await ask('HEAD'), await ask('GET')];
      expect([head.status, await head.text()]).toEqual([200, '']);
      const names = (answer: Response) => [...answer.headers.keys()].filter((name) => name !== 'keep-alive');
      expect(names(head)).toEqual(names(get));
      expect(head.headers.get('content-length')).toBe(String((await get.arrayBuffer()).byteLength));
      const options = await ask('OPTIONS');
      expect([options.status, options.headers.get('allow')]).toEqual([
        204,
        expect.stringContaining('GET, HEAD'),
      ]);
    }
    expect((await fetch(`${server.server.url}/elsewhere`)).status).toBe(404);
  });
});
