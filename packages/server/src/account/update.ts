import { limits } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { changeAccount, type AccountDraft } from './change.ts';
import type { AccountFields } from './fields.ts';
import { mergeAccountFields, withSocialSecurityNumber } from './merge-fields.ts';
import type { AccountNode } from './open.ts';

/** What a request writes of an account; what is absent stays. */
export interface AccountUpdate {
  readonly referenceId?: string | null;
  readonly tags?: readonly string[];
  /** Each is merged into those there are, in their order; null clears one. */
  readonly fields?: readonly AccountFields[];
  /** One of the identification numbers. */
  readonly socialSecurityNumber?: string | null;
}

export function updateAccount(
  ctx: Context,
  scope: Scope,
  accountId: string,
  update: AccountUpdate,
): Promise<AccountNode> {
  return changeAccount(ctx, scope, accountId, draftOf(update));
}

/** What the update makes of an account. */
export function draftOf({
  referenceId,
  tags,
  fields = [],
  socialSecurityNumber,
}: AccountUpdate): (account: Pick<AccountNode, 'fields'>) => AccountDraft {
  return (account) => {
    const written = fields.reduce(mergeAccountFields, account.fields);
    return {
      ...(referenceId === undefined ? {} : { referenceId }),
      ...(tags === undefined ? {} : { tags }),
      fields:
        socialSecurityNumber === undefined
          ? written
          : withSocialSecurityNumber(written, socialSecurityNumber),
    };
  };
}

export type TagAction = 'add' | 'remove' | 'set';

/** Adds tags to an account, removes them, or puts them in the place of those there are. */
export function changeAccountTags(
  ctx: Context,
  scope: Scope,
  accountId: string,
  action: TagAction,
  names: readonly string[],
): Promise<AccountNode> {
  return changeAccount(ctx, scope, accountId, ({ row }) => {
    const tags = changedTags(row.tags, action, names);
    if (tags.length > limits.tags) {
      throw new Refusal('record_invalid', {
        details: `meta.tag_name would be one too many; an account has at most ${String(limits.tags)} tags`,
        pointer: '/meta/tag-name',
      });
    }
    return { tags };
  });
}

function changedTags(tags: readonly string[], action: TagAction, names: readonly string[]): string[] {
  switch (action) {
    case 'add':
      return [...new Set([...tags, ...names])];
    case 'remove':
      return tags.filter((tag) => !names.includes(tag));
    case 'set':
      return [...new Set(names)];
  }
}
