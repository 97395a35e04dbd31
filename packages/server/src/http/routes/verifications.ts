import type { Context, Scope } from '../../context.ts';
import { findInquiry } from '../../db/queries/inquiries.ts';
import type { VerificationKind } from '../../db/queries/templates.ts';
import { findVerification } from '../../db/queries/verifications.ts';
import { openInquiry, type InquiryGraph } from '../../inquiry/graph.ts';
import { redactVerification } from '../../inquiry/redact-verification.ts';
import { relatedToVerification } from '../../inquiry/snapshots.ts';
import { Refusal } from '../../refusal.ts';
import { verificationResource, type VerificationNode } from '../../verification/resource.ts';
import { check } from '../check.ts';
import { nothing } from '../nothing.ts';
import type { Route } from '../route.ts';

const includes = [
  'accounts',
  'document',
  'inquiry',
  'inquiry-template',
  'inquiry-template-version',
  'template',
  'transaction',
  'verification-template',
  'verification-template-version',
];

const types = ['government-id', 'selfie', 'database', 'document'].map((kind) => `verification/${kind}`);

export const retrieveVerificationRoute: Route = {
  method: 'get',
  path: '/verifications/:id',
  permission: 'verification.read',
  includes,
  reference: {
    id: 'retrieve-a-verification',
    summary: 'Retrieve a verification',
    answer: { statuses: [200], data: 'one', types },
    refusals: ['not_found'],
  },
  async handle({ ctx, scope, param }) {
    const { node, graph } = await openVerification(ctx, scope, param('id'));
    return {
      kind: 'one',
      data: verificationResource(node, graph.inquiry),
      related: relatedToVerification(graph, node),
    };
  },
};

export const redactVerificationRoute: Route = {
  method: 'delete',
  path: '/verifications/:id',
  permission: 'verification.write',
  reference: {
    id: 'redact-a-verification',
    summary: 'Redact a verification',
    description:
      'Destroys what the verification and its document hold about the person, in past events too. What the inquiry ' +
      'holds in its own fields stays. Persona names no event for it.',
    answer: { statuses: [200], data: 'one', types },
    refusals: ['not_found', 'conflict'],
  },
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    const { node, graph } = await redactVerification(ctx, scope, param('id'));
    return { kind: 'one', data: verificationResource(node, graph.inquiry) };
  },
};

/**
 * A verification of one kind: the id of another kind is not found. Persona's document lets `include` be asked for here
 * and has no `included` in the answer, so nothing is.
 */
function retrieveKindRoute(kind: VerificationKind, id: string): Route {
  return {
    method: 'get',
    path: `/verification/${kind}s/:id`,
    permission: 'verification.read',
    includes,
    reference: {
      id,
      summary: `Retrieve a ${kind.replaceAll('-', ' ')} verification`,
      answer: { statuses: [200], data: 'one', types: [`verification/${kind}`] },
      refusals: ['not_found'],
    },
    async handle({ ctx, scope, param }) {
      const { node, graph } = await openVerification(ctx, scope, param('id'), kind);
      return { kind: 'one', data: verificationResource(node, graph.inquiry) };
    },
  };
}

export const retrieveVerificationOfKindRoutes: readonly Route[] = [
  retrieveKindRoute('government-id', 'retrieve-a-government-id-verification'),
  retrieveKindRoute('selfie', 'retrieve-a-selfie-verification'),
  retrieveKindRoute('database', 'retrieve-a-database-verification'),
  retrieveKindRoute('document', 'retrieve-a-document-verification'),
];

interface OpenVerification {
  readonly node: VerificationNode;
  readonly graph: InquiryGraph;
}

async function openVerification(
  ctx: Context,
  scope: Scope,
  id: string,
  kind?: VerificationKind,
): Promise<OpenVerification> {
  const row = await findVerification(ctx.db, scope.environmentId, id);
  const isWanted = row !== undefined && (kind === undefined || row.kind === kind);
  const inquiry = isWanted && (await findInquiry(ctx.db, scope.environmentId, row.inquiryId));
  if (!inquiry) throw new Refusal('not_found');
  const graph = await openInquiry(ctx, ctx.db, scope, inquiry);
  const node = graph.verifications.find((candidate) => candidate.row.id === id);
  if (node === undefined) throw new Refusal('not_found');
  return { node, graph };
}
