import type { Context, Scope } from '../context.ts';
import { lockAccount, redactAccountRow, type AccountRow } from '../db/queries/accounts.ts';
import { listUnredactedOfAccount } from '../db/queries/inquiries.ts';
import { recordEvents } from '../event/record.ts';
import { takeSnapshot } from '../privacy/snapshot.ts';
import { nextInstant } from '../inquiry/change.ts';
import { redactInquiryIn } from '../inquiry/redact.ts';
import { Refusal } from '../refusal.ts';
import { accountResource, accountTypeId } from './resource.ts';

/** Redacts an account and, downwards, all its inquiries. */
export function redactAccount(ctx: Context, scope: Scope, accountId: string): Promise<AccountRow> {
  return ctx.db.transaction(async (tx) => {
    const account = await lockAccount(tx, scope.environmentId, accountId);
    if (account === undefined) throw new Refusal('not_found');
    if (account.redactedAt !== null) throw new Refusal('conflict', { details: 'Account already redacted' });
    const at = nextInstant(ctx.clock.nowMs(), account.lastEventAt);
    const redacted = await redactAccountRow(tx, scope.environmentId, accountId, at);
    if (redacted === undefined) throw new Error(`Account ${accountId} is locked and was not redacted.`);
    const snapshot = takeSnapshot(accountResource(redacted, accountTypeId(scope.environmentId)), []);
    await recordEvents(ctx, tx, scope.environmentId, [
      { name: 'account.redacted', at, snapshot, keys: new Map() },
    ]);
    for (const inquiryId of await listUnredactedOfAccount(tx, scope.environmentId, accountId)) {
      await redactInquiryIn(ctx, tx, scope, inquiryId);
    }
    return redacted;
  });
}
