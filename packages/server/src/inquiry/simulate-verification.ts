import type { Json } from '@credence/contract';
import type { Context } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import { insertPersonKey } from '../db/queries/person-keys.ts';
import type { VerificationTemplate } from '../db/queries/templates.ts';
import { insertVerification, type VerificationRow } from '../db/queries/verifications.ts';
import type { Seal } from '../privacy/seal.ts';
import { sealJson } from '../privacy/vault.ts';
import { Refusal } from '../refusal.ts';
import { simulatedChecks } from '../verification/checks.ts';
import { sampleExtraction } from '../verification/extraction.ts';
import type { VerificationNode } from '../verification/resource.ts';
import { samples } from '../verification/samples.ts';
import { emit, move, setInquiry, setPersonal, type InquiryChange } from './change.ts';
import { sealPlace } from './graph.ts';
import { addDocument, addSelfie } from './simulate-evidence.ts';
import { snapshotVerification } from './snapshots.ts';
import { stepName, stepsOf } from './step-name.ts';

export type SimulatedOutcome = 'passed' | 'failed';

export interface SimulatedVerification {
  readonly outcome: SimulatedOutcome;
  readonly verificationTemplateId: string;
}

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
  requireProgress(change);
  const steps = stepNames(change, template);
  if (change.graph.inquiry.status === 'created') move(change, 'start', { previousStepName: 'start' });
  const seal = await newSeal(ctx, tx, change);
  const sample = samples[template.kind];
  const kind = sample.document;
  const documentId = kind && (await addDocument(ctx, tx, change, { kind, seal, sample }));
  if (template.kind === 'selfie') await addSelfie(ctx, tx, change);
  if (template.kind === 'government-id') fillBlankNames(ctx, change);
  await addVerification(tx, change, { seal, template, outcome, documentId: documentId ?? null });
  setInquiry(change, steps);
}

/** A verification has a key of its own, for itself and its document, so that it can be redacted alone. */
async function newSeal(ctx: Context, tx: Transaction, { graph, at }: InquiryChange): Promise<Seal> {
  const { environmentId } = graph.inquiry;
  const owner = ctx.ids('verification', at.getTime());
  const { key, wrapped } = ctx.vault.newPersonKey(environmentId, owner);
  await insertPersonKey(tx, environmentId, owner, wrapped);
  return { owner, key };
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
function requireProgress({ graph: { inquiry, key } }: InquiryChange): void {
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
}

function stepNames(change: InquiryChange, template: VerificationTemplate): Partial<InquiryRow> {
  const steps = stepsOf(change.graph.template.verificationTemplates);
  if (!steps.includes(template)) return {};
  const next = steps[steps.indexOf(template) + 1];
  return {
    previousStepName: stepName(template),
    nextStepName: next === undefined ? 'success' : stepName(next),
  };
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
  readonly seal: Seal;
  readonly template: VerificationTemplate;
  readonly outcome: SimulatedOutcome;
  readonly documentId: string | null;
}

async function addVerification(
  tx: Transaction,
  change: InquiryChange,
  parts: VerificationParts,
): Promise<void> {
  const earlier = change.graph.verifications;
  for (const status of ['initiated', 'submitted', parts.outcome] as const) {
    const node = verificationAt(change, status, parts);
    change.graph = { ...change.graph, verifications: [...earlier, node] };
    const event = status === 'initiated' ? 'created' : status;
    emit(change, `verification.${event}`, snapshotVerification(change.graph, node));
    if (status === parts.outcome) await insertVerification(tx, node.row);
  }
}

function verificationAt(
  change: InquiryChange,
  status: VerificationRow['status'],
  { seal, template, outcome, documentId }: VerificationParts,
): VerificationNode {
  const { environmentId, id: inquiryId } = change.graph.inquiry;
  const isDone = status === outcome;
  const { personal, idClass } = isDone ? samples[template.kind] : nothingYet;
  return {
    personal,
    seal,
    row: {
      environmentId,
      id: seal.owner,
      inquiryId,
      kind: template.kind,
      verificationTemplateId: template.id,
      verificationTemplateVersionId: template.versionId,
      documentId,
      status,
      checks: JSON.stringify(isDone ? simulatedChecks(template.kind, outcome) : []),
      idClass,
      sealed: personal
        ? sealJson(seal.key, sealPlace('verifications', environmentId, seal.owner), { ...personal })
        : null,
      isSealedAlone: true,
      createdAt: change.at,
      submittedAt: status === 'initiated' ? null : change.at,
      completedAt: isDone ? change.at : null,
      redactedAt: null,
    },
  };
}

const nothingYet = { personal: undefined, idClass: null };
