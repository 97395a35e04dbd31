import { limits } from '@credence/contract';
import { z } from 'zod';
import { changeAccountTags, type TagAction } from '../../../account/update.ts';
import { Refusal } from '../../../refusal.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { unsupported } from '../../unsupported.ts';
import { tags } from '../inquiries/attributes.ts';
import { accountAnswer, accountIncludes } from './answer.ts';

const tag = z
  .string()
  .min(1, 'must not be empty')
  .max(limits.tagLength, `must have at most ${String(limits.tagLength)} characters`);

const byName = unsupported('Credence knows tags by their names; use tag-name');

const oneTag = z.strictObject({ meta: z.strictObject({ 'tag-name': tag.optional(), 'tag-id': byName }) });
const allTags = z.strictObject({ meta: z.strictObject({ 'tag-name': tags.optional(), 'tag-id': byName }) });

interface TagRoute {
  readonly action: TagAction;
  readonly path: string;
  readonly body: typeof oneTag | typeof allTags;
  readonly id: string;
  readonly summary: string;
}

function tagRoute({ action, path, body: schema, id, summary }: TagRoute): Route {
  return {
    method: 'post',
    path: `/accounts/:id/${path}`,
    permission: 'account.write',
    includes: accountIncludes,
    reference: {
      id,
      summary,
      body: schema,
      answer: { statuses: [200], data: 'one', types: ['account'] },
      refusals: ['not_found', 'conflict', 'record_invalid'],
    },
    async handle({ ctx, scope, body, param }) {
      const given = check(schema, body).meta['tag-name'];
      if (given === undefined) throw new Refusal('bad_request', { details: 'meta.tag_name is missing' });
      const names = typeof given === 'string' ? [given] : given;
      return accountAnswer(await changeAccountTags(ctx, scope, param('id'), action, names));
    },
  };
}

export const addAccountTagRoute = tagRoute({
  action: 'add',
  path: 'add-tag',
  body: oneTag,
  id: 'accounts-add-tag',
  summary: 'Add a tag to an account',
});

export const removeAccountTagRoute = tagRoute({
  action: 'remove',
  path: 'remove-tag',
  body: oneTag,
  id: 'accounts-remove-tag',
  summary: 'Remove a tag from an account',
});

export const setAccountTagsRoute = tagRoute({
  action: 'set',
  path: 'set-tags',
  body: allTags,
  id: 'accounts-set-all-tags',
  summary: 'Set the tags of an account',
});
