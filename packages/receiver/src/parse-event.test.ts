import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeOf, parseEvent } from './parse-event.ts';
import { eventBody } from './testing/delivery.ts';

describe('an event', () => {
  it('is read with its resource and those that go with it', () => {
    const parsed = parseEvent(Buffer.from(eventBody()));
    expect(parsed).toMatchObject({
      ok: true,
      event: {
        id: 'evt_2mK7vR0aVqX5nTg9LbCw4HyE',
        name: 'inquiry.approved',
        createdAt: new Date('2023-11-14T22:13:19.250Z'),
        payload: {
          data: {
            type: 'inquiry',
            attributes: { status: 'approved' },
            relationships: { reports: { data: [] } },
          },
          included: [{ type: 'verification/selfie', attributes: { status: 'passed' }, relationships: {} }],
        },
        raw: JSON.parse(eventBody()) as unknown,
      },
    });
  });

  it.each(['created-at', 'createdAt', 'created_at'])('may write its time as %s', (key) => {
    expect(parseEvent(eventBody().replace('created-at', key))).toEqual({
      ok: true,
      event: expect.objectContaining({ createdAt: new Date('2023-11-14T22:13:19.250Z') }) as unknown,
    });
  });

  it('may hold members that nobody knows yet, at every level', () => {
    const body = eventBody().replaceAll('"attributes":{', '"meta":{"a":1},"attributes":{"later":[{}],');
    expect(parseEvent(body)).toMatchObject({ ok: true, event: { name: 'inquiry.approved' } });
  });

  it.each([{}, { total: 12, data: 'mine' }, { data: null, included: 7 }])(
    "of the operator's own may have any object as its payload: %j",
    (payload) => {
      const attributes = { name: 'custom.order.paid', payload, 'created-at': '2023-11-14T22:13:19.250Z' };
      const body = JSON.stringify({ data: { type: 'event', id: 'evt_1', attributes } });
      expect(parseEvent(body)).toMatchObject({
        ok: true,
        event: {
          name: 'custom.order.paid',
          payload: {
            data: { type: 'custom', id: 'evt_1', attributes: payload, relationships: {} },
            included: [],
          },
        },
      });
    },
  );

  it('may come without included, attributes and relationships', () => {
    const payload = { data: { type: 'inquiry', id: 'inq_1' }, included: null };
    const attributes = { name: 'inquiry.redacted', payload, 'created-at': '2023-11-14T23:13:19+01:00' };
    const parsed = parseEvent(JSON.stringify({ data: { type: 'event', id: 'evt_1', attributes } }));
    expect(parsed).toMatchObject({
      ok: true,
      event: {
        createdAt: new Date('2023-11-14T22:13:19Z'),
        payload: { data: { attributes: {}, relationships: {} }, included: [] },
      },
    });
  });
});

describe('a body that is no event', () => {
  it.each([
    ['', 'body_not_json', 'The body is not JSON.'],
    ['[]', 'body_not_event', 'Expected an object at the top.'],
    ['{}', 'body_not_event', 'Expected an object at /data.'],
    ['{"data":{"type":"inquiry"}}', 'body_not_event', 'Expected the string "event" at /data/type.'],
    [eventBody({ id: '' }), 'body_not_event', 'Expected a string that is not empty at /data/id.'],
    [
      eventBody({ createdAt: 'yesterday' }),
      'body_not_event',
      'Expected a date-time such as 2024-01-31T12:00:00.000Z at /data/attributes/created-at.',
    ],
    [
      eventBody().replace('"included":[', '"included":[7,'),
      'body_not_event',
      'Expected an object at /data/attributes/payload/included/0.',
    ],
    [
      eventBody().replace('"attributes":{"status"', '"attributes":[],"x":{"status"'),
      'body_not_event',
      'Expected an object at /data/attributes/payload/data/attributes.',
    ],
  ])('%s is refused with the place of the fault', (body, code, message) => {
    expect(parseEvent(body)).toEqual({ ok: false, code, message });
  });

  it('is refused when it is not UTF-8', () => {
    expect(parseEvent(Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({ code: 'body_not_utf8' });
  });

  it('is refused without throwing, whatever it is', () => {
    const body = fc.oneof(
      fc.uint8Array(),
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"data":${json}}`),
    );
    fc.assert(
      fc.property(body, (rawBody) => {
        expect(parseEvent(rawBody)).toMatchObject({ ok: false });
      }),
    );
    expect(parseEvent('['.repeat(1_000_000))).toMatchObject({ code: 'body_not_json' });
  });
});

describe('an attribute', () => {
  it.each(['reference-id', 'referenceId', 'reference_id'])(
    'is found under %s by its kebab-case name',
    (key) => {
      const resource = { type: 'inquiry', id: 'inq_1', attributes: { [key]: 'order-7' }, relationships: {} };
      expect(attributeOf(resource, 'reference-id')).toBe('order-7');
    },
  );

  it('tells absent from null, and knows nothing of inherited names', () => {
    const resource = { type: 'inquiry', id: 'inq_1', attributes: { note: null }, relationships: {} };
    expect(attributeOf(resource, 'note')).toBeNull();
    expect(attributeOf(resource, 'birthdate')).toBeUndefined();
    expect(attributeOf(resource, 'to-string')).toBeUndefined();
  });
});
