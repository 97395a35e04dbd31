import type { JsonObject } from '@credence/contract';
import type { VerificationKind } from '../db/queries/templates.ts';

/** Checks of each kind. The first is the one that a simulated failure fails. */
const checkNames: Readonly<Record<VerificationKind, readonly string[]>> = {
  'government-id': [
    'id_expired_detection',
    'id_compromised_detection',
    'id_disallowed_country_detection',
    'id_entity_detection',
  ],
  selfie: ['selfie_liveness_detection', 'selfie_pose_detection', 'selfie_id_comparison'],
  database: ['database_name_comparison', 'database_birthdate_comparison', 'database_address_comparison'],
  document: ['document_type_detection', 'document_expired_detection', 'document_fabrication_detection'],
};

/** The checks that a simulated verification shows. */
export function simulatedChecks(kind: VerificationKind, outcome: 'passed' | 'failed'): JsonObject[] {
  return checkNames[kind].map((name, index) => ({
    name,
    status: outcome === 'failed' && index === 0 ? 'failed' : 'passed',
    reasons: [],
    requirement: 'required',
    metadata: {},
  }));
}
