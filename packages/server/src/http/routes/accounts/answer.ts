import type { AccountNode } from '../../../account/open.ts';
import { accountResource } from '../../../account/resource.ts';
import { accountTypeResource } from '../../../account/type.ts';
import type { Answer } from '../../route.ts';

/** What `include` may take for an account. */
export const accountIncludes = ['account-type'] as const;

export function accountAnswer(account: AccountNode, status: 200 | 201 = 200): Answer {
  return {
    kind: 'one',
    status,
    data: accountResource(account),
    related: { 'account-type': [accountTypeResource(account.row.environmentId)] },
  };
}
