import type { JsonObject } from '@credence/contract';
import { timeOfId } from '../id.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { accountFields, type FieldKind, type FieldMembers } from './fields.ts';

/** The name of the one account type. */
export const accountTypeName = 'User';

/** An environment has one account type; its id follows from the environment's. */
export function accountTypeId(environmentId: string): string {
  return environmentId.replace(/^env_/, 'acttp_');
}

/** `account-type` as Persona's document describes it: as old as its environment, with one status. */
export function accountTypeResource(environmentId: string): OwnedResource {
  const status = { type: 'account-status', id: environmentId.replace(/^env_/, 'actst_') };
  return {
    owner: null,
    resource: {
      type: 'account-type',
      id: accountTypeId(environmentId),
      attributes: {
        name: accountTypeName,
        'created-at': timeOfId(environmentId).toISOString(),
        'updated-at': null,
        'field-schemas': schemasOf(accountFields),
      },
      relationships: {
        'account-statuses': { data: [status] },
        'default-account-status': { data: status },
      },
    },
  };
}

function schemasOf(members: FieldMembers): JsonObject[] {
  return Object.entries(members).map(([key, kind]) => schemaOf(key, kind));
}

const config = { required: false, 'archived-at': null, 'deactivated-at': null };

function schemaOf(key: string, kind: FieldKind): JsonObject {
  const words = key.replaceAll('_', ' ');
  const shared = { type: kind.type, key, label: words.charAt(0).toUpperCase() + words.slice(1) };
  switch (kind.type) {
    case 'hash':
      return { ...shared, config: { ...config, 'item-schemas': schemasOf(kind.members) } };
    case 'array': {
      const element: FieldKind = { type: 'hash', members: kind.members };
      return { ...shared, config: { ...config, 'item-schema': schemaOf('element', element) } };
    }
    case 'file':
      return { ...shared, config };
    default:
      return { ...shared, 'default-value': null, config };
  }
}
