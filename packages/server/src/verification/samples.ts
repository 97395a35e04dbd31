import type { DocumentKind } from '../db/queries/evidence.ts';
import type { VerificationKind } from '../db/queries/templates.ts';
import { sampleBill } from '../evidence/generic-document.ts';
import { sampleRecord } from './database.ts';
import { sampleExtraction } from './extraction.ts';
import type { VerificationPersonal } from './resource.ts';

/** What a simulated verification of a kind finds, and the document that it looks at. */
export interface Sample {
  readonly personal: VerificationPersonal | undefined;
  readonly idClass: string | null;
  readonly document: DocumentKind | undefined;
}

export const samples: Readonly<Record<VerificationKind, Sample>> = {
  'government-id': {
    personal: { countryCode: 'US', extraction: sampleExtraction },
    idClass: 'dl',
    document: 'government-id',
  },
  selfie: { personal: undefined, idClass: null, document: undefined },
  database: {
    personal: { countryCode: 'US', extraction: sampleRecord },
    idClass: null,
    document: undefined,
  },
  document: {
    personal: { countryCode: 'US', extraction: sampleBill },
    idClass: 'standard_utility_bill',
    document: 'generic',
  },
};
