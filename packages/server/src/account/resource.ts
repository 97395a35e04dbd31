import type { AccountRow } from '../db/queries/accounts.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';

/** `account` as Persona's document describes it. It holds no personal value yet: nothing writes its fields. */
export function accountResource(account: AccountRow, accountTypeId: string): OwnedResource {
  return {
    owner: null,
    resource: {
      type: 'account',
      id: account.id,
      attributes: {
        'reference-id': account.referenceId,
        'account-type-name': 'User',
        'account-status': 'Default',
        'created-at': account.createdAt.toISOString(),
        'updated-at': account.updatedAt.toISOString(),
        'redacted-at': account.redactedAt?.toISOString() ?? null,
        fields: {},
        tags: [...account.tags],
      },
      relationships: { 'account-type': { data: { type: 'account-type', id: accountTypeId } } },
    },
  };
}

/** An environment has one account type; its id follows from the environment's. */
export function accountTypeId(environmentId: string): string {
  return environmentId.replace(/^env_/, 'acttp_');
}
