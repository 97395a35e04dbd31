import { z } from 'zod';
import { updateInquiryAttributes } from '../../../inquiry/update.ts';
import { check, withoutUnknownAttributes } from '../../check.ts';
import type { Route } from '../../route.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';
import { fields, note, redirectUri, tags } from './attributes.ts';

const schema = z.strictObject({
  data: z
    .strictObject({
      type: z.literal('inquiry', 'must be "inquiry"').optional(),
      attributes: z
        .strictObject({
          note: note.nullish(),
          fields: fields.nullish(),
          tags: tags.optional(),
          'redirect-uri': redirectUri.nullish(),
        })
        .optional(),
    })
    .optional(),
});

export const updateInquiryRoute: Route = {
  method: 'patch',
  path: '/inquiries/:id',
  permission: 'inquiry.write',
  reference: {
    id: 'update-an-inquiry',
    summary: 'Update an inquiry',
    description: 'What the body does not name stays as it is.',
    body: schema,
    answer: { statuses: [200], data: 'one', types: ['inquiry'] },
    refusals: ['conflict', 'record_invalid'],
  },
  includes: inquiryIncludes,
  async handle({ ctx, scope, apiVersion, body, param }) {
    const known = withoutUnknownAttributes(schema, body, apiVersion);
    const attributes = check(schema, known).data?.attributes ?? {};
    const uri = attributes['redirect-uri'];
    const graph = await updateInquiryAttributes(ctx, scope, param('id'), {
      ...(attributes.note === undefined ? {} : { note: attributes.note }),
      ...(attributes.fields ? { fields: attributes.fields } : {}),
      ...(attributes.tags === undefined ? {} : { tags: attributes.tags }),
      ...(uri === undefined ? {} : { redirectUri: uri }),
    });
    return inquiryAnswer(graph);
  },
};
