import type { Json, JsonObject } from './json.ts';

/** `personal` leaves the system only where a `disclosed-attributes` pattern names it. */
export type AttributeClass = 'public' | 'personal';

export interface AttributeClasses {
  readonly attributes: Readonly<Record<string, AttributeClass>>;
  /** What stands in for a personal attribute that Persona's document requires to be present. */
  readonly whenHidden?: JsonObject;
}

const documentNumbersAndNames = {
  'address-city': 'personal',
  'address-postal-code': 'personal',
  'address-street-1': 'personal',
  'address-street-2': 'personal',
  'address-subdivision': 'personal',
  birthdate: 'personal',
  birthplace: 'personal',
  designations: 'personal',
  'document-number': 'personal',
  endorsements: 'personal',
  'expiration-date': 'personal',
  height: 'personal',
  'identification-number': 'personal',
  'issue-date': 'personal',
  'issuing-authority': 'personal',
  'issuing-subdivision': 'personal',
  'name-first': 'personal',
  'name-last': 'personal',
  'name-middle': 'personal',
  'name-suffix': 'personal',
  nationality: 'personal',
  'native-name-first': 'personal',
  'native-name-last': 'personal',
  'native-name-middle': 'personal',
  'native-name-title': 'personal',
  restrictions: 'personal',
  sex: 'personal',
  'vehicle-class': 'personal',
  'visa-status': 'personal',
} as const;

const verificationShared = {
  checks: 'public',
  'completed-at': 'public',
  'completed-at-ts': 'public',
  'country-code': 'personal',
  'created-at': 'public',
  'created-at-ts': 'public',
  'redacted-at': 'public',
  status: 'public',
  'submitted-at': 'public',
  'submitted-at-ts': 'public',
  tags: 'public',
} as const;

/** What a generic document and the verification of one show of it. */
const readOffDocument = {
  'document-type': 'public',
  'extraction-responses': 'personal',
  fields: 'personal',
  files: 'personal',
  'files-normalized': 'personal',
} as const;

/** The class of every attribute of every resource that can hold something about a person. */
export const attributeClasses: Readonly<Record<string, AttributeClasses>> = {
  account: {
    attributes: {
      'account-status': 'public',
      'account-type-name': 'public',
      'created-at': 'public',
      fields: 'personal',
      'redacted-at': 'public',
      'reference-id': 'public',
      tags: 'public',
      'updated-at': 'public',
    },
    whenHidden: { fields: {} },
  },
  // Of `request` the parameters are parted by their own names, and what is personal of them is not in it.
  'api-log': {
    attributes: { 'created-at': 'public', 'redacted-at': 'public', request: 'public', response: 'public' },
  },
  'account-type': {
    attributes: {
      'created-at': 'public',
      'field-schemas': 'public',
      name: 'public',
      'updated-at': 'public',
    },
  },
  'document/generic': {
    attributes: {
      ...readOffDocument,
      'created-at': 'public',
      kind: 'public',
      'processed-at': 'public',
      'processed-at-ts': 'public',
      status: 'public',
    },
    whenHidden: { fields: {} },
  },
  'document/government-id': {
    attributes: {
      ...documentNumbersAndNames,
      'back-photo': 'personal',
      'created-at': 'public',
      'front-photo': 'personal',
      'id-class': 'public',
      'processed-at': 'public',
      'processed-at-ts': 'public',
      'selfie-photo': 'personal',
      status: 'public',
    },
  },
  inquiry: {
    attributes: {
      behaviors: 'public',
      'completed-at': 'public',
      'created-at': 'public',
      creator: 'personal',
      'decisioned-at': 'public',
      'expired-at': 'public',
      'expires-at': 'public',
      'failed-at': 'public',
      fields: 'personal',
      'marked-for-review-at': 'public',
      'next-step-name': 'public',
      note: 'personal',
      'previous-step-name': 'public',
      'redacted-at': 'public',
      'reference-id': 'public',
      'reviewer-comment': 'personal',
      'started-at': 'public',
      status: 'public',
      tags: 'public',
      'updated-at': 'public',
    },
    whenHidden: { creator: '', fields: {}, note: null, 'reviewer-comment': null },
  },
  'inquiry-session': {
    // What is known of somebody's device says who and where they are.
    attributes: {
      'browser-full-version': 'personal',
      'browser-name': 'personal',
      'country-code': 'personal',
      'country-name': 'personal',
      'created-at': 'public',
      'device-handoff-method': 'personal',
      'device-name': 'personal',
      'device-type': 'personal',
      'expired-at': 'public',
      'gps-latitude': 'personal',
      'gps-longitude': 'personal',
      'gps-precision': 'personal',
      'ip-address': 'personal',
      'ip-connection-type': 'personal',
      'ip-isp': 'personal',
      'is-datacenter': 'personal',
      'is-proxy': 'personal',
      'is-tor': 'personal',
      'is-vpn': 'personal',
      latitude: 'personal',
      longitude: 'personal',
      'mobile-sdk-full-version': 'personal',
      'mobile-sdk-name': 'personal',
      'network-organization': 'personal',
      'os-full-version': 'personal',
      'os-name': 'personal',
      'region-code': 'personal',
      'region-name': 'personal',
      'started-at': 'public',
      status: 'public',
      'threat-level': 'personal',
      'user-agent': 'personal',
    },
  },
  'inquiry-template': {
    attributes: {
      'embedded-flow-domain-allowlist': 'public',
      'field-schemas': 'public',
      'hosted-flow-redirect-uri-schemes': 'public',
      'hosted-flow-subdomains': 'public',
      name: 'public',
      status: 'public',
    },
  },
  'inquiry-template-translations': { attributes: { translations: 'public' } },
  'inquiry-template-version': {
    attributes: {
      'created-at': 'public',
      description: 'public',
      'enabled-locales': 'public',
      'last-updater': 'public',
      live: 'public',
      'name-display': 'public',
      'published-at': 'public',
      status: 'public',
      'updated-at': 'public',
    },
  },
  'selfie/profile-and-center': {
    attributes: { 'created-at': 'public', 'processed-at': 'public', status: 'public' },
  },
  'verification/database': {
    attributes: {
      ...verificationShared,
      'address-city': 'personal',
      'address-postal-code': 'personal',
      'address-street-1': 'personal',
      'address-street-2': 'personal',
      'address-subdivision': 'personal',
      birthdate: 'personal',
      'document-expiry-date': 'personal',
      'document-issuing-date': 'personal',
      'document-issuing-subdivision': 'personal',
      'document-number': 'personal',
      'email-address': 'personal',
      'identification-number': 'personal',
      'name-first': 'personal',
      'name-last': 'personal',
      'name-middle': 'personal',
      'normalized-address-city': 'personal',
      'normalized-address-postal-code': 'personal',
      'normalized-address-street-1': 'personal',
      'normalized-address-street-2': 'personal',
      'normalized-address-subdivision': 'personal',
      'phone-number': 'personal',
    },
  },
  'verification/document': {
    attributes: { ...verificationShared, ...readOffDocument },
    whenHidden: { fields: {} },
  },
  'verification/government-id': {
    attributes: {
      ...verificationShared,
      ...documentNumbersAndNames,
      'back-photo-url': 'personal',
      'capture-method': 'public',
      'entity-confidence-reasons': 'public',
      'entity-confidence-score': 'public',
      'from-reusable-persona': 'public',
      'front-photo-url': 'personal',
      'id-class': 'public',
      'photo-urls': 'personal',
      'selfie-photo': 'personal',
      'selfie-photo-url': 'personal',
      'video-url': 'personal',
    },
  },
  'verification/selfie': {
    attributes: {
      ...verificationShared,
      'capture-method': 'public',
      'center-photo-face-coordinates': 'personal',
      'center-photo-url': 'personal',
      'document-similarity-score': 'public',
      'entity-confidence-reasons': 'public',
      'from-reusable-persona': 'public',
      'left-photo-url': 'personal',
      'photo-urls': 'personal',
      'right-photo-url': 'personal',
      'selfie-similarity-score-left': 'public',
      'selfie-similarity-score-right': 'public',
      'video-url': 'personal',
    },
  },
};

export interface ClassifiedAttributes {
  readonly public: JsonObject;
  readonly personal: JsonObject;
}

/**
 * Parts a resource's attributes by class. What the contract does not know counts as personal:
 * forgetting to class a new attribute hides it, and never leaks it.
 */
export function classifyAttributes(type: string, attributes: JsonObject): ClassifiedAttributes {
  const classes = ownMember(attributeClasses, type);
  const open: [string, Json][] = [];
  const personal: [string, Json][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (ownMember(classes?.attributes, name) === 'public') open.push([name, value]);
    else {
      personal.push([name, value]);
      const hidden = ownMember(classes?.whenHidden, name);
      if (hidden !== undefined) open.push([name, hidden]);
    }
  }
  // fromEntries defines own properties, so that a name `__proto__` stays data.
  return { public: Object.fromEntries(open), personal: Object.fromEntries(personal) };
}

/** What `record` itself says of `name`; never what every object inherits, such as `constructor`. */
function ownMember<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
