import { openAccountWith, type AccountNode } from '../account/open.ts';
import type { InquiryTemplate } from '../db/queries/templates.ts';
import type { Queryable } from '../db/database.ts';
import { findAccounts } from '../db/queries/accounts.ts';
import { listDocuments, listSelfies, type DocumentRow, type EvidenceRow } from '../db/queries/evidence.ts';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import { listSessionsOf, type SessionRow } from '../db/queries/inquiry-sessions.ts';
import { findPersonKeys } from '../db/queries/person-keys.ts';
import { listVerifications, type VerificationRow } from '../db/queries/verifications.ts';
import type { Context, Scope } from '../context.ts';
import { unsealJson } from '../privacy/vault.ts';
import type { SealingKey } from '../privacy/envelope.ts';
import type { DocumentNode } from '../evidence/resource.ts';
import type { Seal } from '../privacy/seal.ts';
import type { VerificationNode, VerificationPersonal } from '../verification/resource.ts';
import { personalFromJson, type InquiryPersonal } from './personal.ts';

/** An inquiry with all that hangs on it, opened: what a command changes and a snapshot shows. */
export interface InquiryGraph {
  readonly inquiry: InquiryRow;
  readonly template: InquiryTemplate;
  readonly account: AccountNode | undefined;
  /** In the order of creation. */
  readonly verifications: readonly VerificationNode[];
  readonly documents: readonly DocumentNode[];
  readonly selfies: readonly EvidenceRow[];
  /** In the order of creation. */
  readonly sessions: readonly SessionRow[];
  /** undefined once redacted: the key is gone, and what it sealed with it. */
  readonly key: SealingKey | undefined;
  readonly personal: InquiryPersonal | undefined;
}

/** The keys of the persons whom a snapshot of the graph can show. */
export function keysOf(graph: InquiryGraph): ReadonlyMap<string, SealingKey> {
  const { inquiry, key, account } = graph;
  const seals = [...graph.verifications, ...graph.documents].flatMap(({ seal }) => seal ?? []);
  return new Map([
    ...(key === undefined ? [] : [[inquiry.id, key] as const]),
    ...(account?.key === undefined ? [] : [[account.row.id, account.key] as const]),
    ...seals.map((seal) => [seal.owner, seal.key] as const),
  ]);
}

/** Where the envelope of a row belongs, for the authentication of its place. */
export function sealPlace(
  table: 'inquiries' | 'verifications' | 'documents',
  environmentId: string,
  id: string,
): string {
  return `${table}/${environmentId}/${id}`;
}

/** Loads and opens what hangs on `inquiry`. */
export async function openInquiry(
  ctx: Context,
  db: Queryable,
  scope: Scope,
  inquiry: InquiryRow,
): Promise<InquiryGraph> {
  const [graph] = await openInquiries(ctx, db, scope, [inquiry]);
  if (graph === undefined) throw new Error(`Inquiry ${inquiry.id} could not be opened.`);
  return graph;
}

/** The same for a page of inquiries, in as many statements as for one. */
export async function openInquiries(
  ctx: Context,
  db: Queryable,
  scope: Scope,
  inquiries: readonly InquiryRow[],
): Promise<InquiryGraph[]> {
  const { environmentId } = scope;
  const ids = inquiries.map(({ id }) => id);
  const accountIds = inquiries.flatMap(({ accountId }) => accountId ?? []);
  const accounts = accountIds.length === 0 ? undefined : await findAccounts(db, environmentId, accountIds);
  const verifications = await listVerifications(db, environmentId, ids);
  const persons = [...ids, ...accountIds, ...verifications.map(({ id }) => id)];
  const wrapped = await findPersonKeys(db, environmentId, persons);
  // Documents and selfies come with verifications only.
  const documents = verifications.length === 0 ? [] : await listDocuments(db, environmentId, ids);
  const selfies = verifications.length === 0 ? [] : await listSelfies(db, environmentId, ids);
  const withSessions = inquiries.filter(({ sessionCount }) => sessionCount > 0).map(({ id }) => id);
  const sessions = withSessions.length === 0 ? [] : await listSessionsOf(db, environmentId, withSessions);
  const graphs: InquiryGraph[] = [];
  for (const inquiry of inquiries) {
    const key = openKey(ctx, environmentId, inquiry.id, wrapped);
    const nodes = verifications
      .filter((row) => row.inquiryId === inquiry.id)
      .map((row) => openVerification(row, sealOf(ctx, row, key, wrapped)));
    const account = inquiry.accountId === null ? undefined : accounts?.get(inquiry.accountId);
    graphs.push({
      inquiry,
      template: await ctx.templates.ofInquiry(db, scope, inquiry),
      account: account && openAccountWith(ctx, account, wrapped.get(account.id)),
      verifications: nodes,
      documents: documents
        .filter((row) => row.inquiryId === inquiry.id)
        .map((row) => openDocument(row, nodes.find((node) => node.row.documentId === row.id)?.seal)),
      selfies: selfies.filter((row) => row.inquiryId === inquiry.id),
      sessions: sessions.filter((row) => row.inquiryId === inquiry.id),
      key,
      personal: openPersonal(inquiry, key),
    });
  }
  return graphs;
}

function openKey(
  ctx: Context,
  environmentId: string,
  personId: string,
  wrapped: ReadonlyMap<string, Buffer>,
): SealingKey | undefined {
  const bytes = wrapped.get(personId);
  return bytes && ctx.vault.unwrapPersonKey(environmentId, personId, bytes);
}

/** Its own, or that of its inquiry where an earlier version sealed it. */
function sealOf(
  ctx: Context,
  row: VerificationRow,
  inquiryKey: SealingKey | undefined,
  wrapped: ReadonlyMap<string, Buffer>,
): Seal | undefined {
  if (row.redactedAt !== null) return undefined;
  const key = row.isSealedAlone ? openKey(ctx, row.environmentId, row.id, wrapped) : inquiryKey;
  return key && { owner: row.isSealedAlone ? row.id : row.inquiryId, key };
}

function openPersonal(inquiry: InquiryRow, key: SealingKey | undefined): InquiryPersonal | undefined {
  if (key === undefined || inquiry.sealed === null) return undefined;
  return personalFromJson(
    unsealJson(key, sealPlace('inquiries', inquiry.environmentId, inquiry.id), inquiry.sealed),
  );
}

function openVerification(row: VerificationRow, seal: Seal | undefined): VerificationNode {
  if (seal === undefined || row.sealed === null) return { row, personal: undefined, seal };
  const place = sealPlace('verifications', row.environmentId, row.id);
  // The tag proves that the command which created the verification wrote it.
  const personal = unsealJson(seal.key, place, row.sealed) as unknown as VerificationPersonal;
  return { row, personal, seal };
}

function openDocument(row: DocumentRow, seal: Seal | undefined): DocumentNode {
  if (seal === undefined || row.sealed === null) return { row, extraction: undefined, seal };
  const place = sealPlace('documents', row.environmentId, row.id);
  return { row, extraction: unsealJson(seal.key, place, row.sealed), seal };
}
