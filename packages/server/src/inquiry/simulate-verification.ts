import type { Json } from '@credence/contract';
import type { Context } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import {
  insertDocument,
  insertSelfie,
  type DocumentRow,
  type EvidenceRow,
  type EvidenceStatus,
} from '../db/queries/evidence.ts';
import type { VerificationTemplate } from '../db/queries/templates.ts';
import { insertVerification, type VerificationRow } from '../db/queries/verifications.ts';
import type { SealingKey } from '../privacy/envelope.ts';
import { sealJson } from '../privacy/vault.ts';
import { Refusal } from '../refusal.ts';
import { simulatedChecks } from '../verification/checks.ts';
import { sampleExtraction } from '../verification/extraction.ts';
import type { VerificationPersonal } from '../verification/resource.ts';
import { emit, move, setInquiry, setPersonal, type InquiryChange } from './change.ts';
import { sealPlace, type VerificationNode } from './graph.ts';
import { stepName } from './step-name.ts';
import { snapshotDocument, snapshotSelfie, snapshotVerification } from './snapshots.ts';

export type SimulatedOutcome = 'passed' | 'failed';

export interface SimulatedVerification {
  readonly outcome: SimulatedOutcome;
  readonly verificationTemplateId: string;
}

const evidenceStates = ['initiated', 'submitted', 'processed'] as const satisfies readonly EvidenceStatus[];

/**
 * Makes a verification with its document or selfie, with every event that a real one has, in Persona's order:
 * the evidence first, then the verification from created to its outcome.
 */
export async function simulateVerification(
  ctx: Context,
  tx: Transaction,
  change: InquiryChange,
  { outcome, verificationTemplateId }: SimulatedVerification,
): Promise<void> {
  const template = findTemplate(change, verificationTemplateId);
  const key = requireProgress(change);
  const steps = stepNames(change, template);
  if (change.graph.inquiry.status === 'created') move(change, 'start', { previousStepName: 'start' });
  const documentId = template.kind === 'government-id' ? await addDocument(ctx, tx, change, key) : null;
  if (template.kind === 'selfie') await addSelfie(ctx, tx, change);
  if (template.kind === 'government-id') fillBlankNames(ctx, change);
  await addVerification(ctx, tx, change, { key, template, outcome, documentId });
  setInquiry(change, steps);
}

function findTemplate(change: InquiryChange, id: string): VerificationTemplate {
  const templates = change.graph.template.verificationTemplates;
  const found = templates.find((template) => template.id === id);
  if (found !== undefined) return found;
  throw new Refusal('record_invalid', {
    details: `meta.simulate_actions.data.verification_template_id is not found; the inquiry's template has ${templates
      .map((template) => `${template.id} (${template.kind})`)
      .join(', ')}`,
    pointer: '/meta/simulate-actions',
  });
}

/** A decision, an end and a redaction each stop further progress. */
function requireProgress({ graph: { inquiry, key } }: InquiryChange): SealingKey {
  if (key === undefined) {
    throw new Refusal('conflict', {
      details: 'Inquiry already redacted; a redacted inquiry accepts no change.',
    });
  }
  if (inquiry.status !== 'created' && inquiry.status !== 'pending') {
    throw new Refusal('conflict', {
      details: `Inquiry is ${inquiry.status} and takes no verification; that is allowed from created, pending.`,
    });
  }
  return key;
}

function stepNames(change: InquiryChange, template: VerificationTemplate) {
  const templates = change.graph.template.verificationTemplates;
  const next = templates[templates.indexOf(template) + 1];
  return {
    previousStepName: stepName(template),
    nextStepName: next === undefined ? 'success' : stepName(next),
  };
}

async function addDocument(
  ctx: Context,
  tx: Transaction,
  change: InquiryChange,
  key: SealingKey,
): Promise<string> {
  const { environmentId, id: inquiryId } = change.graph.inquiry;
  const id = ctx.ids('document', change.at.getTime());
  const blank: DocumentRow = {
    environmentId,
    id,
    inquiryId,
    status: 'initiated',
    idClass: null,
    sealed: null,
    createdAt: change.at,
    processedAt: null,
  };
  const earlier = change.graph.documents;
  for (const status of evidenceStates) {
    const isProcessed = status === 'processed';
    const row: DocumentRow = isProcessed
      ? {
          ...blank,
          status,
          idClass: 'dl',
          processedAt: change.at,
          sealed: sealJson(key, sealPlace('documents', environmentId, id), sampleExtraction),
        }
      : { ...blank, status };
    const node = { row, extraction: isProcessed ? sampleExtraction : undefined };
    change.graph = { ...change.graph, documents: [...earlier, node] };
    emit(change, `document.${eventOf(status)}`, snapshotDocument(change.graph, node));
    if (isProcessed) await insertDocument(tx, row);
  }
  return id;
}

async function addSelfie(ctx: Context, tx: Transaction, change: InquiryChange): Promise<void> {
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

/** What the document said goes into the fields that nobody had filled. */
function fillBlankNames(ctx: Context, change: InquiryChange): void {
  const fields = change.graph.personal?.fields ?? {};
  const filled: Record<string, Json> = { ...fields };
  for (const { key } of change.graph.template.fieldSchemas) {
    const read = (sampleExtraction as Readonly<Record<string, Json>>)[key];
    if (read !== undefined && (filled[key] ?? null) === null) filled[key] = read;
  }
  setPersonal(ctx, change, { fields: filled });
}

interface VerificationParts {
  readonly key: SealingKey;
  readonly template: VerificationTemplate;
  readonly outcome: SimulatedOutcome;
  readonly documentId: string | null;
}

async function addVerification(
  ctx: Context,
  tx: Transaction,
  change: InquiryChange,
  parts: VerificationParts,
): Promise<void> {
  const earlier = change.graph.verifications;
  const id = ctx.ids('verification', change.at.getTime());
  for (const status of ['initiated', 'submitted', parts.outcome] as const) {
    const node = verificationAt(change, id, status, parts);
    change.graph = { ...change.graph, verifications: [...earlier, node] };
    const event = status === 'initiated' ? 'created' : status;
    emit(change, `verification.${event}`, snapshotVerification(change.graph, node));
    if (status === parts.outcome) await insertVerification(tx, node.row);
  }
}

function verificationAt(
  change: InquiryChange,
  id: string,
  status: VerificationRow['status'],
  { key, template, outcome, documentId }: VerificationParts,
): VerificationNode {
  const { environmentId, id: inquiryId } = change.graph.inquiry;
  const isDone = status === outcome;
  const isGovernmentId = template.kind === 'government-id';
  const personal: VerificationPersonal | undefined =
    isDone && isGovernmentId ? { countryCode: 'US', extraction: sampleExtraction } : undefined;
  return {
    personal,
    row: {
      environmentId,
      id,
      inquiryId,
      kind: template.kind,
      verificationTemplateId: template.id,
      verificationTemplateVersionId: template.versionId,
      documentId,
      status,
      checks: JSON.stringify(isDone ? simulatedChecks(template.kind, outcome) : []),
      idClass: isDone && isGovernmentId ? 'dl' : null,
      sealed:
        personal === undefined
          ? null
          : sealJson(key, sealPlace('verifications', environmentId, id), { ...personal }),
      createdAt: change.at,
      submittedAt: status === 'initiated' ? null : change.at,
      completedAt: isDone ? change.at : null,
      redactedAt: null,
    },
  };
}
