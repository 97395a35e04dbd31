import { findInquiry } from '../../db/queries/inquiries.ts';
import { findVerification } from '../../db/queries/verifications.ts';
import { openInquiry } from '../../inquiry/graph.ts';
import { relatedToVerification } from '../../inquiry/snapshots.ts';
import { Refusal } from '../../refusal.ts';
import { verificationResource } from '../../verification/resource.ts';
import type { Route } from '../route.ts';

export const retrieveVerificationRoute: Route = {
  method: 'get',
  path: '/verifications/:id',
  permission: 'verification.read',
  reference: {
    id: 'retrieve-a-verification',
    summary: 'Retrieve a verification',
    answer: {
      statuses: [200],
      data: 'one',
      types: [
        'verification/government-id',
        'verification/selfie',
        'verification/database',
        'verification/document',
      ],
    },
    refusals: [],
  },
  includes: [
    'accounts',
    'document',
    'inquiry',
    'inquiry-template',
    'inquiry-template-version',
    'template',
    'transaction',
  ],
  async handle({ ctx, scope, param }) {
    const row = await findVerification(ctx.db, scope.environmentId, param('id'));
    const inquiry = row && (await findInquiry(ctx.db, scope.environmentId, row.inquiryId));
    if (inquiry === undefined) throw new Refusal('not_found');
    const graph = await openInquiry(ctx, ctx.db, scope, inquiry);
    const node = graph.verifications.find((candidate) => candidate.row.id === row?.id);
    if (node === undefined) throw new Refusal('not_found');
    return {
      kind: 'one',
      data: verificationResource(node.row, inquiry, node.personal),
      related: relatedToVerification(graph, node),
    };
  },
};
