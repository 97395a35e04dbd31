import type { OwnedResource } from '../privacy/snapshot.ts';
import { showAccountFields } from './fields.ts';
import type { AccountNode } from './open.ts';
import { accountTypeId, accountTypeName } from './type.ts';

/** Most accounts hold nothing of their own, and are in every event of their inquiries. */
const noFields = showAccountFields({});

/** The name of the one status that the account type has. */
export const accountStatus = 'Default';

/** `account` as Persona's document describes it. */
export function accountResource({ row, key, fields }: AccountNode): OwnedResource {
  return {
    owner: key === undefined ? null : row.id,
    resource: {
      type: 'account',
      id: row.id,
      attributes: {
        'reference-id': row.referenceId,
        'account-type-name': accountTypeName,
        'account-status': accountStatus,
        'created-at': row.createdAt.toISOString(),
        'updated-at': row.updatedAt.toISOString(),
        'redacted-at': row.redactedAt?.toISOString() ?? null,
        fields: key === undefined ? noFields : showAccountFields(fields),
        tags: [...row.tags],
      },
      relationships: {
        'account-type': { data: { type: 'account-type', id: accountTypeId(row.environmentId) } },
      },
    },
  };
}
