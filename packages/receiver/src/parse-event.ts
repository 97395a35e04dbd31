export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A resource as the API shows it: an inquiry, a verification, a report… */
export interface Resource {
  readonly type: string;
  readonly id: string;
  /** Keys are in the webhook's inflection; {@link attributeOf} reads any. */
  readonly attributes: JsonObject;
  readonly relationships: JsonObject;
}

export interface WebhookEvent {
  /** `evt_…`, the same in every delivery of this event: deduplicate on it. */
  readonly id: string;
  /** For example `inquiry.approved`. New names may appear at any time: ignore those you do not know. */
  readonly name: string;
  /** Millisecond precision; never decreases for one resource. */
  readonly createdAt: Date;
  readonly payload: {
    /**
     * The resource as it was when the event happened, not as it is now. The payload of a `custom.…` event is any
     * object: where its `data` is no resource, this is one of type `custom` with the event's id and the payload as its
     * attributes.
     */
    readonly data: Resource;
    readonly included: readonly Resource[];
  };
  /** The whole body as parsed, with everything that this type does not name. */
  readonly raw: JsonObject;
}

/**
 * Why a body is not an event: `body_not_utf8`, `body_not_json`, or `body_not_event` (JSON of another shape; the message
 * says where).
 */
export type EventRefusal = 'body_not_utf8' | 'body_not_json' | 'body_not_event';

export type ParsedEvent = { readonly ok: true; readonly event: WebhookEvent } | EventFailure;

export interface EventFailure {
  readonly ok: false;
  readonly code: EventRefusal;
  /** Names the place and what was expected there; never a value of the body. */
  readonly message: string;
}

/**
 * Reads a delivery's body. Verify the signature first. Attributes that are not known are kept and never an error;
 * keys may be in kebab-case, camelCase or snake_case. Never throws.
 */
export function parseEvent(rawBody: Uint8Array | string): ParsedEvent {
  try {
    const raw = objectAt(parseJson(decode(rawBody)), '');
    return { ok: true, event: readEvent(raw) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

/**
 * One attribute by its kebab-case name, in whatever inflection the webhook is set to.
 *
 * `undefined` means that the attribute is not there, which is also how a personal attribute that was not disclosed
 * looks; `null` that it is there and empty.
 */
export function attributeOf(resource: Resource, kebabName: string): JsonValue | undefined {
  return valueAt(resource.attributes, kebabName);
}

function readEvent(raw: JsonObject): WebhookEvent {
  const data = objectAt(raw['data'], '/data');
  if (data['type'] !== 'event') throw notEvent('/data/type', 'the string "event"');
  const attributes = objectAt(data['attributes'], '/data/attributes');
  const payload = objectAt(attributes['payload'], '/data/attributes/payload');
  const id = stringAt(data['id'], '/data/id');
  const name = stringAt(attributes['name'], '/data/attributes/name');
  const createdAt = dateAt(valueAt(attributes, 'created-at'), '/data/attributes/created-at');
  return { id, name, createdAt, payload: readPayload(id, name, payload), raw };
}

function readPayload(eventId: string, name: string, payload: JsonObject): WebhookEvent['payload'] {
  if (name.startsWith('custom.') && !looksLikeResource(payload['data'])) {
    return { data: { type: 'custom', id: eventId, attributes: payload, relationships: {} }, included: [] };
  }
  return {
    data: readResource(payload['data'], '/data/attributes/payload/data'),
    included: listAt(payload['included'], '/data/attributes/payload/included').map((resource, index) =>
      readResource(resource, `/data/attributes/payload/included/${index}`),
    ),
  };
}

function looksLikeResource(value: JsonValue | undefined): boolean {
  return isObject(value) && typeof value['type'] === 'string' && typeof value['id'] === 'string';
}

function readResource(value: JsonValue | undefined, pointer: string): Resource {
  const resource = objectAt(value, pointer);
  return {
    type: stringAt(resource['type'], `${pointer}/type`),
    id: stringAt(resource['id'], `${pointer}/id`),
    attributes: objectAt(resource['attributes'] ?? {}, `${pointer}/attributes`),
    relationships: objectAt(resource['relationships'] ?? {}, `${pointer}/relationships`),
  };
}

function decode(rawBody: Uint8Array | string): string {
  if (typeof rawBody === 'string') return rawBody;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rawBody);
  } catch {
    throw new Refusal('body_not_utf8', 'The body is not UTF-8 text.');
  }
}

function parseJson(text: string): JsonValue {
  try {
    // JSON.parse makes nothing but JSON values.
    return JSON.parse(text) as JsonValue;
  } catch {
    // The cause is left out on purpose: its message quotes the body.
    throw new Refusal('body_not_json', 'The body is not JSON.');
  }
}

function valueAt(object: JsonObject, kebabName: string): JsonValue | undefined {
  const camelName = kebabName.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const names = [kebabName, camelName, kebabName.replaceAll('-', '_')];
  const name = names.find((candidate) => Object.hasOwn(object, candidate));
  return name === undefined ? undefined : object[name];
}

function objectAt(value: JsonValue | undefined, pointer: string): JsonObject {
  if (isObject(value)) return value;
  throw notEvent(pointer, 'an object');
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listAt(value: JsonValue | undefined, pointer: string): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  if (isList(value)) return value;
  throw notEvent(pointer, 'a list');
}

// Array.isArray alone does not narrow a readonly list.
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function stringAt(value: JsonValue | undefined, pointer: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw notEvent(pointer, 'a string that is not empty');
}

function dateAt(value: JsonValue | undefined, pointer: string): Date {
  const isDateTime =
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value));
  if (isDateTime) return new Date(value);
  throw notEvent(pointer, 'a date-time such as 2024-01-31T12:00:00.000Z');
}

function notEvent(pointer: string, expected: string): Refusal {
  return new Refusal('body_not_event', `Expected ${expected} at ${pointer === '' ? 'the top' : pointer}.`);
}

/** Carries a refusal out of the nested readers; it never leaves this file. */
class Refusal extends Error {
  readonly code: EventRefusal;

  constructor(code: EventRefusal, message: string) {
    super(message);
    this.code = code;
  }
}
