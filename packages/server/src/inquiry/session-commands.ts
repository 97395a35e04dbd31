import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { findInquiry } from '../db/queries/inquiries.ts';
import { findSession, type SessionRow } from '../db/queries/inquiry-sessions.ts';
import { Refusal } from '../refusal.ts';
import { changeInquiry, changeInquiryIn, type InquiryChange } from './change.ts';
import { openInquiry, type InquiryGraph } from './graph.ts';
import { issueLink, linkSeconds, unusedLink } from './one-time-link.ts';
import { addSession, expireSession, requireOpen } from './sessions.ts';

/** A session with the inquiry that it is of. */
export interface SessionOfGraph {
  readonly session: SessionRow;
  readonly graph: InquiryGraph;
}

/** Throws `not_found` for another environment's id. */
export async function readSession(ctx: Context, scope: Scope, sessionId: string): Promise<SessionOfGraph> {
  const { inquiryId } = await requireSession(ctx, scope, sessionId);
  const inquiry = await findInquiry(ctx.db, scope.environmentId, inquiryId);
  if (inquiry === undefined) throw new Error(`Session ${sessionId} is of an inquiry that is not there.`);
  return sessionIn(await openInquiry(ctx, ctx.db, scope, inquiry), sessionId);
}

/** Makes a session in which a person can go on with an inquiry. */
export async function createSession(ctx: Context, scope: Scope, inquiryId: string): Promise<SessionOfGraph> {
  const graph = await changeInquiry(ctx, scope, inquiryId, (change) => {
    addSession(ctx, change);
  });
  return { graph, session: newest(graph) };
}

/** Ends one session. Throws `conflict` where it is over already. */
export function endOneSession(ctx: Context, scope: Scope, sessionId: string): Promise<SessionOfGraph> {
  return changeSession(ctx, scope, sessionId, (change, session) => {
    if (session.status === 'expired') {
      throw new Refusal('conflict', { details: 'Inquiry session is expired already.' });
    }
    expireSession(change, session);
  });
}

/** Ends every session of several inquiries, or none where one of them is not there. Newest first. */
export function endAllSessions(
  ctx: Context,
  scope: Scope,
  inquiryIds: readonly string[],
): Promise<SessionOfGraph[]> {
  return ctx.db.transaction(async (tx) => {
    const ended: SessionOfGraph[] = [];
    // In one order, so that two requests of this kind do not wait for each other.
    for (const inquiryId of inquiryIds.toSorted())
      ended.push(...(await endSessionsOf(ctx, tx, scope, inquiryId)));
    return ended.sort((one, other) => (one.session.id < other.session.id ? 1 : -1));
  });
}

async function endSessionsOf(
  ctx: Context,
  tx: Transaction,
  scope: Scope,
  inquiryId: string,
): Promise<SessionOfGraph[]> {
  const ended: SessionRow[] = [];
  const graph = await changeInquiryIn(ctx, tx, scope, inquiryId, (change) => {
    const open = change.graph.sessions.filter(({ status }) => status !== 'expired');
    ended.push(...open.map((session) => expireSession(change, session)));
  });
  return ended.map((session) => ({ session, graph }));
}

/** Ends a session whose time is over, and does nothing where somebody was faster. */
export async function endSessionIfDue(
  ctx: Context,
  scope: Scope,
  due: { readonly id: string; readonly inquiryId: string },
): Promise<void> {
  await changeInquiry(ctx, scope, due.inquiryId, (change) => {
    const session = change.graph.sessions.find(({ id }) => id === due.id);
    const now = new Date(ctx.clock.nowMs());
    if (session !== undefined && session.status !== 'expired' && session.expiresAt <= now) {
      expireSession(change, session);
    }
  });
}

/**
 * A one-time link to an inquiry: one that nobody has used yet, or one to a session of its own. `seconds` is what a new
 * one lives; undefined leaves it to the inquiry.
 */
export async function linkToInquiry(
  ctx: Context,
  scope: Scope,
  inquiryId: string,
  seconds?: number,
): Promise<{ readonly graph: InquiryGraph; readonly link: string }> {
  let link = '';
  const graph = await changeInquiry(ctx, scope, inquiryId, (change) => {
    requireOpen(change);
    const [unused] = change.graph.sessions.flatMap((session) => unusedLink(ctx, session, change.at) ?? []);
    link = unused ?? newLinkOf(ctx, change, addSession(ctx, change), seconds);
  });
  return { graph, link };
}

/** The same to one session. */
export async function linkToSession(
  ctx: Context,
  scope: Scope,
  sessionId: string,
): Promise<SessionOfGraph & { readonly link: string }> {
  let link = '';
  const found = await changeSession(ctx, scope, sessionId, (change, session) => {
    link = newLinkOf(ctx, change, session);
  });
  return { ...found, link };
}

function newLinkOf(ctx: Context, change: InquiryChange, session: SessionRow, seconds?: number): string {
  return issueLink(ctx, change, { session, seconds: seconds ?? linkSeconds(change.graph.inquiry) });
}

async function changeSession(
  ctx: Context,
  scope: Scope,
  sessionId: string,
  work: (change: InquiryChange, session: SessionRow) => void,
): Promise<SessionOfGraph> {
  const { inquiryId } = await requireSession(ctx, scope, sessionId);
  const graph = await changeInquiry(ctx, scope, inquiryId, (change) => {
    work(change, sessionIn(change.graph, sessionId).session);
  });
  return sessionIn(graph, sessionId);
}

async function requireSession(
  { db }: Context,
  { environmentId }: Scope,
  sessionId: string,
): Promise<SessionRow> {
  const session = await findSession(db, environmentId, sessionId);
  if (session === undefined) throw new Refusal('not_found');
  return session;
}

function sessionIn(graph: InquiryGraph, sessionId: string): SessionOfGraph {
  const session = graph.sessions.find(({ id }) => id === sessionId);
  if (session === undefined) throw new Error(`Session ${sessionId} is not among those of its inquiry.`);
  return { graph, session };
}

function newest({ sessions, inquiry }: InquiryGraph): SessionRow {
  const session = sessions.at(-1);
  if (session === undefined) throw new Error(`Inquiry ${inquiry.id} has not the session that was just made.`);
  return session;
}
