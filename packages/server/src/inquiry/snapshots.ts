import { accountResource } from '../account/resource.ts';
import { documentResource, selfieResource } from '../evidence/resource.ts';
import { takeSnapshot, type OwnedResource, type Snapshot } from '../privacy/snapshot.ts';
import { templateResource, templateVersionResource } from '../template/resource.ts';
import { verificationResource } from '../verification/resource.ts';
import type { InquiryGraph, DocumentNode, VerificationNode } from './graph.ts';
import { inquiryResource } from './resource.ts';
import type { EvidenceRow } from '../db/queries/evidence.ts';

/** Resources that an inquiry is related to, by the name of the relationship. */
export function relatedToInquiry(graph: InquiryGraph): Readonly<Record<string, readonly OwnedResource[]>> {
  const { inquiry, template, account } = graph;
  return {
    account: account === undefined ? [] : [accountResource(account)],
    'inquiry-template': [templateResource(template)],
    'inquiry-template-version': [templateVersionResource(template)],
    verifications: graph.verifications.map(({ row, personal }) =>
      verificationResource(row, inquiry, personal),
    ),
    documents: graph.documents.map(({ row, extraction }) => documentResource(row, inquiry, extraction)),
    selfies: graph.selfies.map(selfieResource),
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
    document: document === undefined ? [] : [documentResource(document.row, inquiry, document.extraction)],
  };
}

export function snapshotVerification(graph: InquiryGraph, node: VerificationNode): Snapshot {
  return takeSnapshot(
    verificationResource(node.row, graph.inquiry, node.personal),
    Object.values(relatedToVerification(graph, node)).flat(),
  );
}

export function snapshotDocument(graph: InquiryGraph, { row, extraction }: DocumentNode): Snapshot {
  return takeSnapshot(documentResource(row, graph.inquiry, extraction), [
    inquiryResource(graph),
    templateResource(graph.template),
    templateVersionResource(graph.template),
  ]);
}

export function snapshotSelfie(graph: InquiryGraph, selfie: EvidenceRow): Snapshot {
  return takeSnapshot(selfieResource(selfie), [inquiryResource(graph)]);
}
