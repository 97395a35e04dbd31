import type { Context, Scope } from '../context.ts';
import { lockAccount, redactAccountRow } from '../db/queries/accounts.ts';
import { listUnredactedOfAccount } from '../db/queries/inquiries.ts';
import { removePersonKeys } from '../db/queries/person-keys.ts';
import { recordEvents } from '../event/record.ts';
import { nextInstant } from '../inquiry/change.ts';
import { redactInquiryIn } from '../inquiry/redact.ts';
import { Refusal } from '../refusal.ts';
import { accountEvent } from './events.ts';
import type { AccountNode } from './open.ts';

/** Redacts an account, which deletes the key of its fields, and downwards all its inquiries. */
export function redactAccount(ctx: Context, scope: Scope, accountId: string): Promise<AccountNode> {
  return ctx.db.transaction(async (tx) => {
    const account = await lockAccount(tx, scope.environmentId, accountId);
    if (account === undefined) throw new Refusal('not_found');
    if (account.redactedAt !== null) throw new Refusal('conflict', { details: 'Account already redacted' });
    const at = nextInstant(ctx.clock.nowMs(), account.lastEventAt);
    const redacted = await redactAccountRow(tx, scope.environmentId, accountId, at);
    if (redacted === undefined) throw new Error(`Account ${accountId} is locked and was not redacted.`);
    await removePersonKeys(tx, scope.environmentId, [accountId]);
    const node: AccountNode = { row: redacted, key: undefined, fields: {} };
    await recordEvents(ctx, tx, scope.environmentId, [accountEvent('account.redacted', node, at)]);
    for (const inquiryId of await listUnredactedOfAccount(tx, scope.environmentId, accountId)) {
      await redactInquiryIn(ctx, tx, scope, inquiryId);
    }
    return node;
  });
}
