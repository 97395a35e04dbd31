import { accountResource } from '../account/resource.ts';
import { documentResource, selfieResource, type DocumentNode } from '../evidence/resource.ts';
import { takeSnapshot, type OwnedResource, type Snapshot } from '../privacy/snapshot.ts';
import { templateResource, templateVersionResource } from '../template/resource.ts';
import { verificationResource, type VerificationNode } from '../verification/resource.ts';
import type { InquiryGraph } from './graph.ts';
import { inquiryResource } from './resource.ts';
import { sessionResource } from './session-resource.ts';
import type { EvidenceRow } from '../db/queries/evidence.ts';
import type { SessionRow } from '../db/queries/inquiry-sessions.ts';

/** Resources that an inquiry is related to, by the name of the relationship. */
export function relatedToInquiry(graph: InquiryGraph): Readonly<Record<string, readonly OwnedResource[]>> {
  const { inquiry, template, account } = graph;
  return {
    account: account === undefined ? [] : [accountResource(account)],
    'inquiry-template': [templateResource(template)],
    'inquiry-template-version': [templateVersionResource(template)],
    verifications: graph.verifications.map((node) => verificationResource(node, inquiry)),
    documents: graph.documents.map((node) => documentResource(node, inquiry)),
    selfies: graph.selfies.map(selfieResource),
    sessions: graph.sessions.map((session) => sessionResource(session, inquiry)),
  };
}

export function snapshotInquiry(graph: InquiryGraph): Snapshot {
  return takeSnapshot(inquiryResource(graph), Object.values(relatedToInquiry(graph)).flat());
}

/** Resources that a verification of the inquiry is related to. */
export function relatedToVerification(
  graph: InquiryGraph,
  { row }: VerificationNode,
): Readonly<Record<string, readonly OwnedResource[]>> {
  const { inquiry, template, account } = graph;
  const document = graph.documents.find((candidate) => candidate.row.id === row.documentId);
  return {
    inquiry: [inquiryResource(graph)],
    'inquiry-template': [templateResource(template)],
    'inquiry-template-version': [templateVersionResource(template)],
    accounts: account === undefined ? [] : [accountResource(account)],
    document: document === undefined ? [] : [documentResource(document, inquiry)],
  };
}

export function snapshotVerification(graph: InquiryGraph, node: VerificationNode): Snapshot {
  return takeSnapshot(
    verificationResource(node, graph.inquiry),
    Object.values(relatedToVerification(graph, node)).flat(),
  );
}

/** Resources that a document of the inquiry is related to. */
export function relatedToDocument(graph: InquiryGraph): Readonly<Record<string, readonly OwnedResource[]>> {
  return {
    inquiry: [inquiryResource(graph)],
    'inquiry-template': [templateResource(graph.template)],
    'inquiry-template-version': [templateVersionResource(graph.template)],
  };
}

export function snapshotDocument(graph: InquiryGraph, node: DocumentNode): Snapshot {
  return takeSnapshot(documentResource(node, graph.inquiry), Object.values(relatedToDocument(graph)).flat());
}

export function snapshotSelfie(graph: InquiryGraph, selfie: EvidenceRow): Snapshot {
  return takeSnapshot(selfieResource(selfie), [inquiryResource(graph)]);
}

export function snapshotSession(graph: InquiryGraph, session: SessionRow): Snapshot {
  return takeSnapshot(sessionResource(session, graph.inquiry), [inquiryResource(graph)]);
}
