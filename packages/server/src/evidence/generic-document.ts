import type { JsonObject } from '@credence/contract';

/** What a generic document and the verification of one show of it. `values` is what was read. */
export function genericDocumentAttributes(type: string | null, values: JsonObject | undefined): JsonObject {
  return {
    fields: {},
    files: [],
    'files-normalized': [],
    'extraction-responses': values?.['extraction-responses'] ?? null,
    'document-type': type,
  };
}

function read(field: string, value: string): JsonObject {
  return {
    'extraction-type': 'guided',
    'field-name': field,
    results: [{ value, page: 1, 'match-level': 'full', metadata: null }],
  };
}

/** What the sandbox reads off every document: a utility bill of the person of its government ids. */
export const sampleBill: JsonObject = {
  'extraction-responses': [
    read('name', 'Alexander J Sample'),
    read('address_street_1', '600 California Street'),
    read('address_city', 'San Francisco'),
    read('address_postal_code', '94109'),
  ],
};
