import { z } from 'zod';
import { changeAccountTags } from '../../../account/update.ts';
import { Refusal } from '../../../refusal.ts';
import type { TagChange } from '../../../tags.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { unsupported } from '../../unsupported.ts';
import { tag, tags } from '../inquiries/attributes.ts';
import { accountAnswer, accountIncludes } from './answer.ts';

const byName = unsupported('Credence knows tags by their names; use tag-name');

const oneTag = z.strictObject({ meta: z.strictObject({ 'tag-name': tag.optional(), 'tag-id': byName }) });
const allTags = z.strictObject({ meta: z.strictObject({ 'tag-name': tags.optional(), 'tag-id': byName }) });

interface TagRoute {
  readonly kind: TagChange['kind'];
  readonly path: string;
  readonly body: typeof oneTag | typeof allTags;
  readonly id: string;
  readonly summary: string;
}

function tagRoute({ kind, path, body: schema, id, summary }: TagRoute): Route {
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
      return accountAnswer(await changeAccountTags(ctx, scope, param('id'), { kind, tags: [given].flat() }));
    },
  };
}

export const addAccountTagRoute = tagRoute({
  kind: 'add',
  path: 'add-tag',
  body: oneTag,
  id: 'accounts-add-tag',
  summary: 'Add a tag to an account',
});

export const removeAccountTagRoute = tagRoute({
  kind: 'remove',
  path: 'remove-tag',
  body: oneTag,
  id: 'accounts-remove-tag',
  summary: 'Remove a tag from an account',
});

export const setAccountTagsRoute = tagRoute({
  kind: 'set',
  path: 'set-tags',
  body: allTags,
  id: 'accounts-set-all-tags',
  summary: 'Set the tags of an account',
});
