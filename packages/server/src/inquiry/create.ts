import type { Json } from '@credence/contract';
import { accountEvent } from '../account/events.ts';
import type { AccountNode } from '../account/open.ts';
import { resolveAccount, type AccountChoice } from '../account/resolve.ts';
import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { insertInquiry, type InquiryRow } from '../db/queries/inquiries.ts';
import { saveSession, type SessionRow } from '../db/queries/inquiry-sessions.ts';
import { insertPersonKey } from '../db/queries/person-keys.ts';
import type { InquiryTemplate } from '../db/queries/templates.ts';
import { recordEvents, type EventDraft } from '../event/record.ts';
import { chooseTemplate, type TemplateChoice } from '../template/choose.ts';
import { sealedColumns } from './change.ts';
import { checkFields } from './fields.ts';
import { keysOf, type InquiryGraph } from './graph.ts';
import { linkSeconds, newLink } from './one-time-link.ts';
import type { InquiryPersonal } from './personal.ts';
import { newSession } from './sessions.ts';
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
  /** What to make for the person to come in with. */
  readonly session: 'none' | 'session' | 'session with link';
  /** What its one-time links live; null leaves it to the requests for them. */
  readonly oneTimeLinkSeconds: number | null;
}

export interface CreatedInquiry {
  readonly graph: InquiryGraph;
  /** What was asked for to come in with. */
  readonly session: SessionRow | undefined;
  readonly link: string | undefined;
}

/** Creates an inquiry, and its account where it has none yet. */
export function createInquiry(ctx: Context, scope: Scope, request: NewInquiry): Promise<CreatedInquiry> {
  return ctx.db.transaction(async (tx) => {
    const at = new Date(ctx.clock.nowMs());
    const template = await chooseTemplate(tx, scope, request.template);
    const fields = checkFields(template.fieldSchemas, request.fields);
    const { account, isNew } = await resolveAccount(ctx, tx, scope, request.account, at);
    const created = await insert(ctx, tx, scope, { ...request, fields }, { at, template, account });
    await recordEvents(ctx, tx, scope.environmentId, [
      ...(isNew && account !== undefined ? [accountEvent('account.created', account, at)] : []),
      inquiryCreated(created.graph, at),
    ]);
    return created;
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
): Promise<CreatedInquiry> {
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
  const { session, link } = firstSession(ctx, inquiry, request.session);
  if (session !== undefined) await saveSession(tx, session);
  const sessions = session === undefined ? [] : [session];
  const evidence = { verifications: [], documents: [], selfies: [] };
  return { graph: { inquiry, template, account, ...evidence, sessions, key, personal }, session, link };
}

function firstSession(
  ctx: Context,
  inquiry: InquiryRow,
  wanted: NewInquiry['session'],
): Pick<CreatedInquiry, 'session' | 'link'> {
  if (wanted === 'none') return { session: undefined, link: undefined };
  const session = newSession(ctx, inquiry, inquiry.createdAt);
  if (wanted === 'session') return { session, link: undefined };
  const { columns, link } = newLink(ctx, session, inquiry.createdAt, linkSeconds(inquiry));
  return { session: { ...session, ...columns }, link };
}

function blank({ tags, expiry, session, oneTimeLinkSeconds }: NewInquiry, at: Date) {
  return {
    status: 'created' as const,
    tags,
    previousStepName: null,
    nextStepName: 'start',
    resumeSeconds: expiry.resumeSeconds,
    startSeconds: expiry.startSeconds,
    sessionCount: session === 'none' ? 0 : 1,
    oneTimeLinkSeconds,
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
