import type { Json, JsonObject } from '@credence/contract';
import type { OwnedResource } from '../privacy/snapshot.ts';
import type { InquiryGraph } from './graph.ts';
import { fieldAttributes, type InquiryPersonal } from './personal.ts';

const nothingLeft: InquiryPersonal = {
  note: null,
  creator: null,
  reviewerComment: null,
  redirectUri: null,
  fields: {},
};

/** `inquiry` as Persona's document describes it. */
export function inquiryResource(graph: InquiryGraph): OwnedResource {
  const { inquiry } = graph;
  return {
    owner: inquiry.redactedAt === null ? inquiry.id : null,
    resource: {
      type: 'inquiry',
      id: inquiry.id,
      attributes: attributes(graph, graph.personal ?? nothingLeft),
      relationships: relationships(graph),
    },
  };
}

function attributes({ inquiry, template }: InquiryGraph, personal: InquiryPersonal): JsonObject {
  return {
    status: inquiry.status,
    'reference-id': inquiry.referenceId,
    note: personal.note,
    behaviors: {},
    tags: [...inquiry.tags],
    // Persona's document does not allow null here.
    creator: personal.creator ?? '',
    'reviewer-comment': personal.reviewerComment,
    'created-at': inquiry.createdAt.toISOString(),
    'updated-at': inquiry.updatedAt.toISOString(),
    'started-at': instant(inquiry.startedAt),
    'expires-at': instant(inquiry.expiresAt),
    'completed-at': instant(inquiry.completedAt),
    'failed-at': instant(inquiry.failedAt),
    'marked-for-review-at': instant(inquiry.markedForReviewAt),
    'decisioned-at': instant(inquiry.decisionedAt),
    'expired-at': instant(inquiry.expiredAt),
    'redacted-at': instant(inquiry.redactedAt),
    'previous-step-name': inquiry.previousStepName,
    'next-step-name': inquiry.nextStepName,
    fields: fieldAttributes(template.fieldSchemas, personal.fields),
  };
}

function relationships(graph: InquiryGraph): Record<string, { readonly data: Json }> {
  const { inquiry } = graph;
  return {
    account: { data: inquiry.accountId === null ? null : { type: 'account', id: inquiry.accountId } },
    // The legacy kind of template, which Credence has not.
    template: { data: null },
    'inquiry-template': { data: { type: 'inquiry-template', id: inquiry.inquiryTemplateId } },
    'inquiry-template-version': {
      data: { type: 'inquiry-template-version', id: inquiry.inquiryTemplateVersionId },
    },
    transaction: { data: null },
    reviewer: { data: null },
    reports: { data: [] },
    verifications: {
      data: graph.verifications.map(({ row }) => ({ type: `verification/${row.kind}`, id: row.id })),
    },
    sessions: { data: graph.sessions.map(({ id }) => ({ type: 'inquiry-session', id })) },
    documents: { data: graph.documents.map(({ row }) => ({ type: `document/${row.kind}`, id: row.id })) },
    selfies: { data: graph.selfies.map(({ id }) => ({ type: 'selfie/profile-and-center', id })) },
  };
}

function instant(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
