import { z } from 'zod';
import { changeTags } from '../../../inquiry/tags.ts';
import type { TagChange } from '../../../tags.ts';
import { check } from '../../check.ts';
import type { Route, RouteReference } from '../../route.ts';
import { unsupported } from '../../unsupported.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';
import { tag, tags } from './attributes.ts';

const tagId = unsupported('tags have no ids here; use tag-name');

const one = z.strictObject({ meta: z.strictObject({ 'tag-name': tag, 'tag-id': tagId }) });
const all = z.strictObject({ meta: z.strictObject({ 'tag-name': tags, 'tag-id': tagId }) });

function tagRoute(
  path: string,
  reference: Pick<RouteReference, 'id' | 'summary' | 'body'>,
  read: (body: Parameters<typeof check>[1]) => TagChange,
): Route {
  return {
    method: 'post',
    path: `/inquiries/:id/${path}`,
    permission: 'inquiry.write',
    reference: {
      ...reference,
      description: 'Emits `inquiry.updated-tags` where something changes, and nothing where it does not.',
      answer: { statuses: [200], data: 'one', types: ['inquiry'] },
      refusals: ['not_found', 'conflict', 'record_invalid'],
    },
    includes: inquiryIncludes,
    async handle({ ctx, scope, param, body }) {
      return inquiryAnswer(await changeTags(ctx, scope, param('id'), read(body)));
    },
  };
}

export const addInquiryTagRoute = tagRoute(
  'add-tag',
  { id: 'inquiries-add-tag', summary: 'Add a tag to an inquiry', body: one },
  (body) => ({ kind: 'add', tags: [check(one, body).meta['tag-name']] }),
);

export const removeInquiryTagRoute = tagRoute(
  'remove-tag',
  { id: 'inquiries-remove-tag', summary: 'Remove a tag from an inquiry', body: one },
  (body) => ({ kind: 'remove', tags: [check(one, body).meta['tag-name']] }),
);

export const setInquiryTagsRoute = tagRoute(
  'set-tags',
  { id: 'inquiries-set-all-tags', summary: 'Replace the tags of an inquiry', body: all },
  (body) => ({ kind: 'set', tags: check(all, body).meta['tag-name'] }),
);
