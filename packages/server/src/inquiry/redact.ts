import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { redactDocuments } from '../db/queries/evidence.ts';
import { removePersonKeys } from '../db/queries/person-keys.ts';
import { redactVerifications } from '../db/queries/verifications.ts';
import { Refusal } from '../refusal.ts';
import { changeInquiryIn, emitEnd, setInquiry, type InquiryChange } from './change.ts';
import type { InquiryGraph } from './graph.ts';

/**
 * Destroys what an inquiry holds about its person: the key, and with it every sealed copy, events included.
 * Keys stay and say null; the status stays.
 */
export function redactInquiry(ctx: Context, scope: Scope, inquiryId: string): Promise<InquiryGraph> {
  return ctx.db.transaction((tx) => redactInquiryIn(ctx, tx, scope, inquiryId));
}

export function redactInquiryIn(
  ctx: Context,
  tx: Transaction,
  scope: Scope,
  inquiryId: string,
): Promise<InquiryGraph> {
  return changeInquiryIn(ctx, tx, scope, inquiryId, async (change) => {
    if (change.graph.inquiry.redactedAt !== null) {
      throw new Refusal('conflict', { details: 'Inquiry already redacted' });
    }
    const parts = change.graph.verifications.map(({ row }) => row.id);
    await removePersonKeys(tx, scope.environmentId, [inquiryId, ...parts]);
    await redactVerifications(tx, scope.environmentId, inquiryId, change.at);
    await redactDocuments(tx, scope.environmentId, inquiryId);
    forget(change);
    emitEnd(change, 'inquiry.redacted', 'inquiry-session.canceled');
  });
}

function forget(change: InquiryChange): void {
  setInquiry(change, { redactedAt: change.at, sealed: null, noteIndex: null, expiresAt: null });
  change.graph = {
    ...change.graph,
    key: undefined,
    personal: undefined,
    verifications: change.graph.verifications.map(({ row }) => ({
      row: { ...row, sealed: null, redactedAt: row.redactedAt ?? change.at },
      personal: undefined,
      seal: undefined,
    })),
    documents: change.graph.documents.map(({ row }) => ({
      row: { ...row, sealed: null },
      extraction: undefined,
      seal: undefined,
    })),
  };
}
