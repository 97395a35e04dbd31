import type { Context } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import {
  insertDocument,
  insertSelfie,
  type DocumentKind,
  type EvidenceRow,
  type EvidenceStatus,
} from '../db/queries/evidence.ts';
import type { DocumentNode } from '../evidence/resource.ts';
import type { Seal } from '../privacy/seal.ts';
import { sealJson } from '../privacy/vault.ts';
import type { Sample } from '../verification/samples.ts';
import { emit, type InquiryChange } from './change.ts';
import { sealPlace } from './graph.ts';
import { snapshotDocument, snapshotSelfie } from './snapshots.ts';

const evidenceStates = ['initiated', 'submitted', 'processed'] as const satisfies readonly EvidenceStatus[];

export interface SimulatedDocument {
  readonly kind: DocumentKind;
  readonly seal: Seal;
  readonly sample: Sample;
}

/** Makes a document, with an event for each of its states. Returns its id. */
export async function addDocument(
  ctx: Context,
  tx: Transaction,
  change: InquiryChange,
  document: SimulatedDocument,
): Promise<string> {
  const id = ctx.ids('document', change.at.getTime());
  const earlier = change.graph.documents;
  for (const status of evidenceStates) {
    const node = documentAt(change, id, status, document);
    change.graph = { ...change.graph, documents: [...earlier, node] };
    emit(change, `document.${eventOf(status)}`, snapshotDocument(change.graph, node));
    if (status === 'processed') await insertDocument(tx, node.row);
  }
  return id;
}

function documentAt(
  { graph, at }: InquiryChange,
  id: string,
  status: (typeof evidenceStates)[number],
  { kind, seal, sample }: SimulatedDocument,
): DocumentNode {
  const { environmentId, id: inquiryId } = graph.inquiry;
  const isProcessed = status === 'processed';
  const extraction = isProcessed ? sample.personal?.extraction : undefined;
  return {
    extraction,
    seal,
    row: {
      environmentId,
      id,
      inquiryId,
      kind,
      status,
      idClass: isProcessed ? sample.idClass : null,
      sealed: extraction ? sealJson(seal.key, sealPlace('documents', environmentId, id), extraction) : null,
      createdAt: at,
      processedAt: isProcessed ? at : null,
    },
  };
}

/** Makes a selfie, with an event for each of its states. */
export async function addSelfie(ctx: Context, tx: Transaction, change: InquiryChange): Promise<void> {
  const { environmentId, id: inquiryId } = change.graph.inquiry;
  const id = ctx.ids('selfie', change.at.getTime());
  const earlier = change.graph.selfies;
  for (const status of evidenceStates) {
    const processedAt = status === 'processed' ? change.at : null;
    const row: EvidenceRow = { environmentId, id, inquiryId, status, createdAt: change.at, processedAt };
    change.graph = { ...change.graph, selfies: [...earlier, row] };
    emit(change, `selfie.${eventOf(status)}`, snapshotSelfie(change.graph, row));
    if (processedAt !== null) await insertSelfie(tx, row);
  }
}

function eventOf(status: (typeof evidenceStates)[number]): string {
  return status === 'initiated' ? 'created' : status;
}
