import type { JsonObject } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { lockInquiry, updateInquiry, type InquiryRow } from '../db/queries/inquiries.ts';
import { saveSession, type SessionRow } from '../db/queries/inquiry-sessions.ts';
import { recordEvents, type EventDraft } from '../event/record.ts';
import type { Snapshot } from '../privacy/snapshot.ts';
import { sealJson } from '../privacy/vault.ts';
import { Refusal } from '../refusal.ts';
import { keysOf, openInquiry, sealPlace, type InquiryGraph } from './graph.ts';
import { personalToJson, type InquiryPersonal } from './personal.ts';
import { snapshotInquiry, snapshotSession } from './snapshots.ts';
import { moveInquiry, transitions, type InquiryAction } from './state-machine.ts';

/** An inquiry under change: locked, opened, and with the events that the change has made so far. */
export interface InquiryChange {
  graph: InquiryGraph;
  /** The time of everything in this change: later than any event of the inquiry before. */
  readonly at: Date;
  readonly events: EventDraft[];
}

/**
 * The one way to change an inquiry: locks it, lets `work` change the graph and emit events, and commits the
 * inquiry, its sessions, its events and their deliveries together. Throws `not_found` for another environment's id.
 */
export async function changeInquiry(
  ctx: Context,
  scope: Scope,
  inquiryId: string,
  work: (change: InquiryChange, tx: Transaction) => Promise<void> | void,
): Promise<InquiryGraph> {
  return ctx.db.transaction((tx) => changeInquiryIn(ctx, tx, scope, inquiryId, work));
}

/** The same inside a transaction that changes more than one. */
export async function changeInquiryIn(
  ctx: Context,
  tx: Transaction,
  scope: Scope,
  inquiryId: string,
  work: (change: InquiryChange, tx: Transaction) => Promise<void> | void,
): Promise<InquiryGraph> {
  const row = await lockInquiry(tx, scope.environmentId, inquiryId);
  if (row === undefined) throw new Refusal('not_found');
  const at = nextInstant(ctx.clock.nowMs(), row.lastEventAt);
  const change: InquiryChange = { graph: await openInquiry(ctx, tx, scope, row), at, events: [] };
  const before = change.graph.sessions;
  await work(change, tx);
  if (change.graph.inquiry !== row) await updateInquiry(tx, change.graph.inquiry);
  const changed = change.graph.sessions.filter((session) => !before.includes(session));
  for (const session of changed) await saveSession(tx, session);
  if (change.events.length > 0) await recordEvents(ctx, tx, scope.environmentId, change.events);
  return change.graph;
}

/** Now, or a millisecond after `last`: `created-at` never decreases for one resource. */
export function nextInstant(nowMs: number, last: Date): Date {
  return new Date(Math.max(nowMs, last.getTime() + 1));
}

/** Replaces columns of the inquiry; `updated-at` follows. */
export function setInquiry(change: InquiryChange, columns: Partial<InquiryRow>): void {
  const inquiry = { ...change.graph.inquiry, updatedAt: change.at, ...columns };
  change.graph = { ...change.graph, inquiry };
}

/** Replaces what is known of the person, and seals it anew. */
export function setPersonal(ctx: Context, change: InquiryChange, columns: Partial<InquiryPersonal>): void {
  const { key, personal, inquiry } = change.graph;
  if (key === undefined || personal === undefined)
    throw new Refusal('conflict', { details: 'Inquiry already redacted.' });
  const next = { ...personal, ...columns };
  change.graph = { ...change.graph, personal: next };
  setInquiry(change, sealedColumns(ctx, inquiry.environmentId, inquiry.id, key, next));
}

/** The columns that hold what is sealed of an inquiry. */
export function sealedColumns(
  ctx: Pick<Context, 'vault'>,
  environmentId: string,
  id: string,
  key: Parameters<typeof sealJson>[0],
  personal: InquiryPersonal,
): Pick<InquiryRow, 'sealed' | 'noteIndex'> {
  return {
    sealed: sealJson(key, sealPlace('inquiries', environmentId, id), personalToJson(personal)),
    noteIndex: personal.note === null ? null : ctx.vault.blindIndex(environmentId, personal.note),
  };
}

/** Replaces columns of one of its sessions. */
export function setSession(
  change: InquiryChange,
  session: SessionRow,
  columns: Partial<SessionRow>,
): SessionRow {
  const next = { ...session, ...columns };
  const sessions = change.graph.sessions.map((each) => (each.id === session.id ? next : each));
  change.graph = { ...change.graph, sessions };
  return next;
}

/** Moves the inquiry and emits the event for it. Throws `conflict` when the move is not allowed. */
export function move(change: InquiryChange, action: InquiryAction, steps: Partial<InquiryRow> = {}): void {
  const result = moveInquiry(change.graph.inquiry, action, change.at);
  if (result.kind === 'refused') throw new Refusal('conflict', { details: result.reason });
  setInquiry(change, { ...steps, ...result.state });
  const { sessionEvent } = transitions[action];
  if (sessionEvent === undefined) emit(change, result.event);
  else emitEnd(change, result.event, sessionEvent);
}

/** Ends the sessions that are open. Emits `name`, which shows them ended, and then `sessionEvent` for each. */
export function emitEnd(change: InquiryChange, name: string, sessionEvent: string): void {
  const ended = change.graph.sessions
    .filter(({ status }) => status !== 'expired')
    .map((session) => endSession(change, session));
  emit(change, name);
  for (const session of ended) emit(change, sessionEvent, snapshotSession(change.graph, session));
}

/** Nobody comes in with it any more, nor gets its link again. */
export function endSession(change: InquiryChange, session: SessionRow): SessionRow {
  return setSession(change, session, { status: 'expired', expiredAt: change.at, linkSealed: null });
}

/** Records that `name` happened to the inquiry as it is now, or to what `snapshot` shows. */
export function emit(change: InquiryChange, name: string, snapshot?: Snapshot, context?: JsonObject): void {
  setInquiry(change, { lastEventAt: change.at });
  change.events.push({
    name,
    at: change.at,
    snapshot: snapshot ?? snapshotInquiry(change.graph),
    ...(context === undefined ? {} : { context }),
    keys: keysOf(change.graph),
  });
}
