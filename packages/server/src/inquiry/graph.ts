import { openAccountWith, type AccountNode } from '../account/open.ts';
import type { InquiryTemplate } from '../db/queries/templates.ts';
import type { Queryable } from '../db/database.ts';
import { findAccounts } from '../db/queries/accounts.ts';
import { listDocuments, listSelfies, type DocumentRow, type EvidenceRow } from '../db/queries/evidence.ts';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import { findPersonKeys } from '../db/queries/person-keys.ts';
import { listVerifications, type VerificationRow } from '../db/queries/verifications.ts';
import type { Context, Scope } from '../context.ts';
import { unsealJson } from '../privacy/vault.ts';
import type { SealingKey } from '../privacy/envelope.ts';
import type { Extraction } from '../verification/extraction.ts';
import type { VerificationPersonal } from '../verification/resource.ts';
import { personalFromJson, type InquiryPersonal } from './personal.ts';

export interface VerificationNode {
  readonly row: VerificationRow;
  readonly personal: VerificationPersonal | undefined;
}

export interface DocumentNode {
  readonly row: DocumentRow;
  readonly extraction: Extraction | undefined;
}

/** An inquiry with all that hangs on it, opened: what a command changes and a snapshot shows. */
export interface InquiryGraph {
  readonly inquiry: InquiryRow;
  readonly template: InquiryTemplate;
  readonly account: AccountNode | undefined;
  /** In the order of creation. */
  readonly verifications: readonly VerificationNode[];
  readonly documents: readonly DocumentNode[];
  readonly selfies: readonly EvidenceRow[];
  /** undefined once redacted: the key is gone, and what it sealed with it. */
  readonly key: SealingKey | undefined;
  readonly personal: InquiryPersonal | undefined;
}

/** The keys of the persons whom a snapshot of the graph can show. */
export function keysOf({ inquiry, key, account }: InquiryGraph): ReadonlyMap<string, SealingKey> {
  return new Map([
    ...(key === undefined ? [] : [[inquiry.id, key] as const]),
    ...(account?.key === undefined ? [] : [[account.row.id, account.key] as const]),
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
  const wrapped = await findPersonKeys(db, environmentId, [...ids, ...accountIds]);
  const verifications = await listVerifications(db, environmentId, ids);
  // Documents and selfies come with verifications only.
  const documents = verifications.length === 0 ? [] : await listDocuments(db, environmentId, ids);
  const selfies = verifications.length === 0 ? [] : await listSelfies(db, environmentId, ids);
  const graphs: InquiryGraph[] = [];
  for (const inquiry of inquiries) {
    const key = openKey(ctx, inquiry, wrapped.get(inquiry.id));
    const account = inquiry.accountId === null ? undefined : accounts?.get(inquiry.accountId);
    graphs.push({
      inquiry,
      template: await ctx.templates.ofInquiry(db, scope, inquiry),
      account: account && openAccountWith(ctx, account, wrapped.get(account.id)),
      verifications: verifications
        .filter((row) => row.inquiryId === inquiry.id)
        .map((row) => openVerification(row, key)),
      documents: documents.filter((row) => row.inquiryId === inquiry.id).map((row) => openDocument(row, key)),
      selfies: selfies.filter((row) => row.inquiryId === inquiry.id),
      key,
      personal: openPersonal(inquiry, key),
    });
  }
  return graphs;
}

function openKey(ctx: Context, inquiry: InquiryRow, wrapped: Buffer | undefined): SealingKey | undefined {
  return wrapped === undefined
    ? undefined
    : ctx.vault.unwrapPersonKey(inquiry.environmentId, inquiry.id, wrapped);
}

function openPersonal(inquiry: InquiryRow, key: SealingKey | undefined): InquiryPersonal | undefined {
  if (key === undefined || inquiry.sealed === null) return undefined;
  return personalFromJson(
    unsealJson(key, sealPlace('inquiries', inquiry.environmentId, inquiry.id), inquiry.sealed),
  );
}

function openVerification(row: VerificationRow, key: SealingKey | undefined): VerificationNode {
  if (key === undefined || row.sealed === null) return { row, personal: undefined };
  const place = sealPlace('verifications', row.environmentId, row.id);
  // The tag proves that the command which created the verification wrote it.
  return { row, personal: unsealJson(key, place, row.sealed) as unknown as VerificationPersonal };
}

function openDocument(row: DocumentRow, key: SealingKey | undefined): DocumentNode {
  if (key === undefined || row.sealed === null) return { row, extraction: undefined };
  return { row, extraction: unsealJson(key, sealPlace('documents', row.environmentId, row.id), row.sealed) };
}
