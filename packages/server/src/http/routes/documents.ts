import type { Context, Scope } from '../../context.ts';
import { findDocument, type DocumentKind } from '../../db/queries/evidence.ts';
import { findInquiry } from '../../db/queries/inquiries.ts';
import { documentResource } from '../../evidence/resource.ts';
import { openInquiry } from '../../inquiry/graph.ts';
import { relatedToDocument } from '../../inquiry/snapshots.ts';
import { Refusal } from '../../refusal.ts';
import type { Answer, Route } from '../route.ts';

interface DocumentRoute {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** The id of a document of another kind is not found. */
  readonly kinds: readonly DocumentKind[];
}

function documentRoute({ path, id, summary, kinds }: DocumentRoute): Route {
  return {
    method: 'get',
    path,
    permission: 'document.read',
    includes: [
      'document-files',
      'inquiry',
      'inquiry-template',
      'inquiry-template-version',
      'template',
      'transaction',
    ],
    reference: {
      id,
      summary,
      answer: { statuses: [200], data: 'one', types: kinds.map((kind) => `document/${kind}`) },
      refusals: ['not_found'],
    },
    handle: ({ ctx, scope, param }) => retrieve(ctx, scope, param('id'), kinds),
  };
}

export const documentRoutes: readonly Route[] = [
  documentRoute({
    path: '/documents/:id',
    id: 'retrieve-a-document',
    summary: 'Retrieve a document',
    kinds: ['generic', 'government-id'],
  }),
  documentRoute({
    path: '/document/generics/:id',
    id: 'retrieve-a-generic-document',
    summary: 'Retrieve a generic document',
    kinds: ['generic'],
  }),
  documentRoute({
    path: '/document/government-ids/:id',
    id: 'retrieve-a-government-id-document',
    summary: 'Retrieve a government id document',
    kinds: ['government-id'],
  }),
];

async function retrieve(
  ctx: Context,
  scope: Scope,
  id: string,
  kinds: readonly DocumentKind[],
): Promise<Answer> {
  const row = await findDocument(ctx.db, scope.environmentId, id);
  const isWanted = row !== undefined && kinds.includes(row.kind);
  const inquiry = isWanted && (await findInquiry(ctx.db, scope.environmentId, row.inquiryId));
  if (!inquiry) throw new Refusal('not_found');
  const graph = await openInquiry(ctx, ctx.db, scope, inquiry);
  const node = graph.documents.find((candidate) => candidate.row.id === id);
  if (node === undefined) throw new Refusal('not_found');
  return { kind: 'one', data: documentResource(node, inquiry), related: relatedToDocument(graph) };
}
