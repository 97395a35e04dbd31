import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Document, Json, PersonalAttributes } from '../privacy/document.ts';
import { type RenderableEvent, renderEvent } from './render.ts';
import { compileRenderProfile, renderIdentity, type RenderSettings } from './render-profile.ts';

const everything: RenderSettings = {
  disclosedAttributes: [],
  apiAttributesBlocklist: [],
  includedAllowlist: { state: 'include_all' },
  relationshipAllowlist: { state: 'include_all' },
  payloadFilter: null,
  apiKeyInflection: 'kebab',
  apiVersion: '2025-12-08',
};
const document: Document = {
  data: {
    type: 'inquiry',
    id: 'inq_1',
    attributes: { status: 'approved', 'created-at': '2019-09-09T22:40:56.000Z', note: null, fields: {} },
    relationships: { 'inquiry-template': { data: { type: 'inquiry-template', id: 'itmpl_1' } } },
  },
  included: [{ type: 'verification/selfie', id: 'ver_1', attributes: { status: 'passed' } }],
};
const personal: PersonalAttributes = new Map<number, Record<string, Json>>([
  [0, { note: 'secret note', fields: { 'name-first': { type: 'string', value: 'Jane' } } }],
  [1, { 'center-photo-url': 'https://photo' }],
]);

function event(payload: Json | Document = document, changes: Partial<RenderableEvent> = {}): RenderableEvent {
  const createdAt = new Date('2019-09-09T22:46:27.598Z');
  return { id: 'evt_1', name: 'inquiry.approved', createdAt, payload: JSON.stringify(payload), ...changes };
}

function text(settings: Partial<RenderSettings>, of = event(), hidden = personal): string | undefined {
  const rendered = renderEvent(of, compileRenderProfile({ ...everything, ...settings }), hidden);
  return rendered.kind === 'body' ? rendered.body.toString('utf8') : undefined;
}

/** Parsed as the receiver of the webhook would, which is why it may be `any`-shaped. */
function payloadOf(settings: Partial<RenderSettings>): Document {
  const body = JSON.parse(text(settings) ?? 'null') as { data: { attributes: { payload: Document } } };
  return body.data.attributes.payload;
}

describe('a delivery body', () => {
  it('is the envelope of the wire contract around the payload as it was stored', () => {
    expect(text({})).toBe(
      `{"data":{"type":"event","id":"evt_1","attributes":{"name":"inquiry.approved","payload":${JSON.stringify(document)},` +
        `"created-at":"2019-09-09T22:46:27.598Z"}}}`,
    );
  });

  it('has the context between payload and created-at', () => {
    const body = text({}, event(document, { context: '{"tag-name":"a"}' }));
    expect(body).toContain('},"context":{"tag-name":"a"},"created-at":');
  });

  it('holds no personal value unless a pattern names it', () => {
    expect(text({})).not.toMatch(/secret note|Jane|photo/);
    expect(payloadOf({ disclosedAttributes: ['name-*'] }).data.attributes).toEqual({
      ...document.data.attributes,
      fields: { 'name-first': { type: 'string', value: 'Jane' } },
    });
  });

  it('is inflected with its envelope, but not inside fields', () => {
    const body = text(
      { disclosedAttributes: ['*'], apiKeyInflection: 'camel' },
      event(document, { context: '{"tag-name":"a"}' }),
    );
    for (const part of [
      '"createdAt":"2019-09-09T22:46:27',
      '"inquiryTemplate":',
      '"centerPhotoUrl":',
      '"name-first":',
      '{"tagName":"a"}',
    ]) {
      expect(body).toContain(part);
    }
    expect(body).toMatch(/"createdAt":"2019-09-09T22:46:27.598Z"\}\}\}$/);
    expect(text({ apiKeyInflection: 'snake' })).toMatch(/"created_at":"2019-09-09T22:46:27.598Z"\}\}\}$/);
  });

  it('is blocked after it was disclosed', () => {
    const attributes = payloadOf({
      disclosedAttributes: ['*'],
      apiAttributesBlocklist: ['note', 'name-first'],
    }).data.attributes;
    expect(attributes).toEqual({ status: 'approved', 'created-at': '2019-09-09T22:40:56.000Z', fields: {} });
  });

  it('follows the allowlists', () => {
    const none = { state: 'include_none' } as const;
    const payload = payloadOf({ includedAllowlist: none, relationshipAllowlist: none });
    expect(payload.included).toEqual([]);
    expect(payload.data).not.toHaveProperty('relationships');
  });

  it.each([
    { disclosedAttributes: ['note'] },
    { apiAttributesBlocklist: ['status'] },
    { includedAllowlist: { state: 'include_none' } },
    { relationshipAllowlist: { state: 'include_none' } },
    { apiKeyInflection: 'camel' },
  ] as Partial<RenderSettings>[])(
    'follows each setting also when it is the only one (case %#)',
    (setting) => {
      expect(text(setting)).not.toBe(text({}));
    },
  );

  it('is skipped when the filter does not match what would be sent', () => {
    expect(text({ payloadFilter: { data: { attributes: { status: 'declined' } } } })).toBeUndefined();
    expect(text({ payloadFilter: { data: { attributes: { status: 'approved' } } } })).toBe(text({}));
    const inCamel = { data: { attributes: { createdAt: '2019-09-09T22:40:56.000Z' } } };
    expect(text({ payloadFilter: inCamel })).toBeUndefined();
    expect(text({ payloadFilter: inCamel, apiKeyInflection: 'camel' })).toBeDefined();
  });

  it('is in the version of the webhook, and filtered as such', () => {
    const old = { apiVersion: '2021-02-21', disclosedAttributes: ['name-*'] };
    expect(payloadOf(old).data.attributes).toMatchObject({ 'name-first': 'Jane', reviewer: null });
    expect(text({ apiVersion: '2025-10-27' })).toBe(text({}));
    const byName = { data: { attributes: { 'name-first': 'Jane' } } };
    expect(text({ ...old, payloadFilter: byName })).toBeDefined();
    expect(text({ ...old, payloadFilter: byName, disclosedAttributes: [] })).toBeUndefined();
    expect(text({ payloadFilter: byName, disclosedAttributes: ['*'] })).toBeUndefined();
  });

  it('says who decided also where relationships are not sent', () => {
    const reviewer = { data: { type: 'user', id: 'user_1' } };
    const decided = { ...document, data: { ...document.data, relationships: { reviewer } } };
    const settings = { apiVersion: '2020-05-18', relationshipAllowlist: { state: 'include_none' } } as const;
    expect(text(settings, event(decided))).toContain('"reviewer":"user_1"');
    expect(text(settings, event(decided))).not.toContain('relationships');
  });

  it('cannot be filtered by what it may not show', () => {
    const payloadFilter = { data: { attributes: { note: 'secret note' } } };
    expect(text({ payloadFilter })).toBeUndefined();
    expect(text({ payloadFilter, disclosedAttributes: ['note'] })).toBeDefined();
    expect(
      text({ payloadFilter, disclosedAttributes: ['note'], apiAttributesBlocklist: ['note'] }),
    ).toBeUndefined();
  });
});

describe('a custom event', () => {
  const payload = '{ "orderId":1,  "name-first":"Jane","amount":1.50 }';
  const custom = event(null, { name: 'custom.order.paid', payload });

  it('is sent exactly as it came, whatever the profile', () => {
    const none = { state: 'include_none' } as const;
    const settings = { apiAttributesBlocklist: ['*'], disclosedAttributes: ['*'], includedAllowlist: none };
    for (const apiKeyInflection of ['kebab', 'camel', 'snake'] as const) {
      expect(text({ ...settings, apiKeyInflection, relationshipAllowlist: none }, custom)).toContain(
        `"payload":${payload},"created`,
      );
    }
  });

  it('is filtered', () => {
    expect(text({ payloadFilter: { orderId: 1 } }, custom)).toContain(payload);
    expect(text({ payloadFilter: { orderId: 2 } }, custom)).toBeUndefined();
  });
});

describe('whatever the document', () => {
  const attributes = fc
    .dictionary(
      fc.oneof(fc.string(), fc.constantFrom('fields', '__proto__', 'a-b')),
      fc.jsonValue({ maxDepth: 3 }),
    )
    .map((each) => JSON.parse(JSON.stringify(each)) as Record<string, Json>);
  const resource = fc.record({
    type: fc.constantFrom('inquiry', 'verification/selfie'),
    id: fc.string(),
    attributes,
  });
  const documents = fc.record({ data: resource, included: fc.array(resource, { maxLength: 3 }) });
  const withoutPersonal: PersonalAttributes = new Map();

  it('a profile that changes nothing gives the same bytes by splicing and by rewriting', () => {
    fc.assert(
      fc.property(documents, fc.string(), (each, name) => {
        const spliced = text({}, event(each, { name }), withoutPersonal);
        const withBlocked = {
          ...each,
          data: { ...each.data, attributes: { ...each.data.attributes, 'qq-blocked': [1] } },
        };
        fc.pre(!name.startsWith('custom.') && !spliced?.includes('qq'));
        const rewritten = text(
          { apiAttributesBlocklist: ['qq-blocked'] },
          event(withBlocked, { name }),
          withoutPersonal,
        );
        expect(rewritten).toBe(spliced);
        expect(JSON.stringify(JSON.parse(spliced ?? ''))).toBe(spliced);
      }),
    );
  });

  it('no personal value is in a body without disclosure', () => {
    const secrets = fc.dictionary(
      fc.constantFrom('note', 'fields', 'name-first', '__proto__'),
      fc.constant('S3CRET-VALUE'),
    );
    const settings = fc.record({
      disclosedAttributes: fc.constantFrom([], ['!*'], ['*', '!*'], ['not-there']),
      apiAttributesBlocklist: fc.constantFrom([], ['name-*'], ['!*']),
      apiKeyInflection: fc.constantFrom('kebab' as const, 'camel' as const, 'snake' as const),
    });
    fc.assert(
      fc.property(documents, secrets, settings, (each, secret, profile) => {
        const hidden = new Map([0, 1, 2, 3].map((index) => [index, secret]));
        expect(text(profile, event(each), hidden)).not.toContain('S3CRET');
      }),
    );
  });
});

describe('the identity of a profile', () => {
  it('is shared by settings that mean the same', () => {
    const one = renderIdentity({ ...everything, disclosedAttributes: ['a', '!b'], payloadFilter: {} });
    expect(renderIdentity({ ...everything, disclosedAttributes: ['!b', 'a'], includedAllowlist: null })).toBe(
      one,
    );
    const recent = ['2025-12-08', '2025-10-27', 'no longer served'];
    expect(new Set(recent.map((apiVersion) => renderIdentity({ ...everything, apiVersion }))).size).toBe(1);
  });

  it('differs with every setting', () => {
    const none = { state: 'include_none' } as const;
    const identities = [
      {},
      { disclosedAttributes: ['a'] },
      { apiAttributesBlocklist: ['a'] },
      { includedAllowlist: none },
      { relationshipAllowlist: none },
      { payloadFilter: { data: {} } },
      { apiKeyInflection: 'snake' as const },
      { apiVersion: '2023-01-05' },
      { apiVersion: '2020-05-18' },
    ].map((settings) => renderIdentity({ ...everything, ...settings }));
    expect(new Set(identities).size).toBe(identities.length);
  });
});
