import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { redactDocumentRow } from '../db/queries/evidence.ts';
import { forgetSealedParts } from '../db/queries/events.ts';
import { removePersonKeys } from '../db/queries/person-keys.ts';
import { findVerification, redactVerificationRow } from '../db/queries/verifications.ts';
import { Refusal } from '../refusal.ts';
import type { VerificationNode } from '../verification/resource.ts';
import { changeInquiryIn } from './change.ts';
import type { InquiryGraph } from './graph.ts';

export interface RedactedVerification {
  readonly node: VerificationNode;
  readonly graph: InquiryGraph;
}

/**
 * Destroys what a verification and its document hold about their person: the key of their own, and with it what past
 * events and kept answers say of them. The inquiry keeps its fields. Persona names no event for it.
 */
export function redactVerification(
  ctx: Context,
  scope: Scope,
  verificationId: string,
): Promise<RedactedVerification> {
  return ctx.db.transaction(async (tx) => {
    const found = await findVerification(tx, scope.environmentId, verificationId);
    if (found === undefined) throw new Refusal('not_found');
    const graph = await changeInquiryIn(ctx, tx, scope, found.inquiryId, async (change) => {
      const node = change.graph.verifications.find(({ row }) => row.id === verificationId);
      if (node === undefined || node.row.redactedAt !== null) {
        throw new Refusal('conflict', { details: 'Verification already redacted' });
      }
      if (!node.row.isSealedAlone) await forgetEvents(tx, change.graph);
      await destroy(tx, node, change.at);
      change.graph = forget(change.graph, node, change.at);
    });
    const node = graph.verifications.find(({ row }) => row.id === verificationId);
    if (node === undefined) throw new Error(`Verification ${verificationId} is gone.`);
    return { node, graph };
  });
}

async function destroy(tx: Transaction, { row }: VerificationNode, at: Date): Promise<void> {
  const { environmentId, id, documentId } = row;
  await removePersonKeys(tx, environmentId, [id]);
  await redactVerificationRow(tx, environmentId, id, at);
  if (documentId !== null) await redactDocumentRow(tx, environmentId, documentId);
}

/**
 * An earlier version sealed verifications under their inquiry's key, which must stay. So the past events of the
 * inquiry lose everything that they say of anybody.
 */
async function forgetEvents(tx: Transaction, graph: InquiryGraph): Promise<void> {
  const { environmentId, id } = graph.inquiry;
  const parts = [...graph.verifications, ...graph.documents].map(({ row }) => row.id);
  await forgetSealedParts(tx, environmentId, [id, ...parts, ...graph.selfies.map((selfie) => selfie.id)]);
}

function forget(graph: InquiryGraph, redacted: VerificationNode, at: Date): InquiryGraph {
  const { id, documentId } = redacted.row;
  return {
    ...graph,
    verifications: graph.verifications.map((node) =>
      node.row.id === id
        ? { row: { ...node.row, sealed: null, redactedAt: at }, personal: undefined, seal: undefined }
        : node,
    ),
    documents: graph.documents.map((node) =>
      node.row.id === documentId
        ? { row: { ...node.row, sealed: null }, extraction: undefined, seal: undefined }
        : node,
    ),
  };
}
