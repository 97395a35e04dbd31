import { limits } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import { tagsAfter, type TagChange } from '../tags.ts';
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

const tooMany = `meta.tag_name would be one too many; an account has at most ${String(limits.tags)} tags`;

/** Adds a tag to an account, removes one, or puts others in the place of those there are. */
export function changeAccountTags(
  ctx: Context,
  scope: Scope,
  accountId: string,
  wanted: TagChange,
): Promise<AccountNode> {
  return changeAccount(ctx, scope, accountId, ({ row }) => ({ tags: tagsAfter(row.tags, wanted, tooMany) }));
}
