import type { Json } from '@credence/contract';
import { accountEvent } from '../account/events.ts';
import type { AccountNode } from '../account/open.ts';
import { resolveAccount, type AccountChoice } from '../account/resolve.ts';
import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { insertInquiry, type InquiryRow } from '../db/queries/inquiries.ts';
import { insertPersonKey } from '../db/queries/person-keys.ts';
import type { InquiryTemplate } from '../db/queries/templates.ts';
import { recordEvents, type EventDraft } from '../event/record.ts';
import { chooseTemplate, type TemplateChoice } from '../template/choose.ts';
import { sealedColumns } from './change.ts';
import { checkFields } from './fields.ts';
import { keysOf, type InquiryGraph } from './graph.ts';
import type { InquiryPersonal } from './personal.ts';
import { snapshotInquiry } from './snapshots.ts';

export interface NewInquiry {
  readonly template: TemplateChoice;
  readonly account: AccountChoice;
  readonly referenceId: string | null;
  readonly creator: string | null;
  readonly note: string | null;
  readonly redirectUri: string | null;
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, Json>>;
  readonly expiry: {
    readonly createSeconds: number;
    readonly startSeconds: number | null;
    readonly resumeSeconds: number;
  };
}

/** Creates an inquiry, and its account where it has none yet. */
export function createInquiry(ctx: Context, scope: Scope, request: NewInquiry): Promise<InquiryGraph> {
  return ctx.db.transaction(async (tx) => {
    const at = new Date(ctx.clock.nowMs());
    const template = await chooseTemplate(tx, scope, request.template);
    const fields = checkFields(template.fieldSchemas, request.fields);
    const { account, isNew } = await resolveAccount(ctx, tx, scope, request.account, at);
    const graph = await insert(ctx, tx, scope, { ...request, fields }, { at, template, account });
    await recordEvents(ctx, tx, scope.environmentId, [
      ...(isNew && account !== undefined ? [accountEvent('account.created', account, at)] : []),
      inquiryCreated(graph, at),
    ]);
    return graph;
  });
}

interface Resolved {
  readonly at: Date;
  readonly template: InquiryTemplate;
  readonly account: AccountNode | undefined;
}

async function insert(
  ctx: Context,
  tx: Transaction,
  scope: Scope,
  request: NewInquiry,
  { at, template, account }: Resolved,
): Promise<InquiryGraph> {
  const { environmentId } = scope;
  const id = ctx.ids('inquiry', at.getTime());
  const { key, wrapped } = ctx.vault.newPersonKey(environmentId, id);
  const personal: InquiryPersonal = {
    note: request.note,
    creator: request.creator,
    reviewerComment: null,
    redirectUri: request.redirectUri,
    fields: request.fields,
  };
  const inquiry: InquiryRow = {
    ...blank(request, at),
    environmentId,
    id,
    accountId: account?.row.id ?? null,
    inquiryTemplateId: template.id,
    inquiryTemplateVersionId: template.versionId,
    referenceId: request.referenceId ?? account?.row.referenceId ?? null,
    ...sealedColumns(ctx, environmentId, id, key, personal),
  };
  await insertPersonKey(tx, environmentId, id, wrapped);
  await insertInquiry(tx, inquiry);
  return { inquiry, template, account, verifications: [], documents: [], selfies: [], key, personal };
}

function blank({ tags, expiry }: NewInquiry, at: Date) {
  return {
    status: 'created' as const,
    tags,
    previousStepName: null,
    nextStepName: 'start',
    resumeSeconds: expiry.resumeSeconds,
    startSeconds: expiry.startSeconds,
    createdAt: at,
    updatedAt: at,
    startedAt: null,
    expiresAt: new Date(at.getTime() + expiry.createSeconds * 1000),
    completedAt: null,
    failedAt: null,
    markedForReviewAt: null,
    decisionedAt: null,
    expiredAt: null,
    redactedAt: null,
    lastEventAt: at,
  };
}

function inquiryCreated(graph: InquiryGraph, at: Date): EventDraft {
  return { name: 'inquiry.created', at, snapshot: snapshotInquiry(graph), keys: keysOf(graph) };
}
