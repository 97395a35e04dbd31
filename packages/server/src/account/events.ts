import type { JsonObject } from '@credence/contract';
import type { EventDraft } from '../event/record.ts';
import { takeSnapshot } from '../privacy/snapshot.ts';
import { tagDifference } from '../tags.ts';
import type { AccountNode } from './open.ts';
import { accountResource } from './resource.ts';

/** Something that happened to an account, which is as `node` shows it afterwards. */
export function accountEvent(name: string, node: AccountNode, at: Date, context?: JsonObject): EventDraft {
  return {
    name,
    at,
    snapshot: takeSnapshot(accountResource(node), []),
    keys: node.key === undefined ? new Map() : new Map([[node.row.id, node.key]]),
    ...(context === undefined ? {} : { context }),
  };
}

/** What a change of tags is told as: that one came, that one went, and once which. */
export function tagEvents(before: readonly string[], node: AccountNode, at: Date): EventDraft[] {
  const difference = tagDifference(before, node.row.tags);
  if (difference === undefined) return [];
  const { added, removed } = difference;
  return [
    ...(added.length > 0 ? [accountEvent('account.tag-added', node, at)] : []),
    ...(removed.length > 0 ? [accountEvent('account.tag-removed', node, at)] : []),
    accountEvent('account.updated-tags', node, at, { 'added-tags': added, 'removed-tags': removed }),
  ];
}
