import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { Refusal } from '../refusal.ts';
import { changeInquiry, move, type InquiryChange } from './change.ts';
import type { InquiryGraph } from './graph.ts';
import { simulateVerification, type SimulatedOutcome } from './simulate-verification.ts';
import type { InquiryAction } from './state-machine.ts';
import { stepName, stepsOf } from './step-name.ts';

export type SimulateAction =
  | { readonly kind: 'move'; readonly action: InquiryAction }
  | { readonly kind: 'verify'; readonly outcome: SimulatedOutcome; readonly verificationTemplateId: string };

/** Plays what a person and a reviewer would do, in order, all or nothing. Sandbox only. */
export function performSimulateActions(
  ctx: Context,
  scope: Scope,
  inquiryId: string,
  actions: readonly SimulateAction[],
): Promise<InquiryGraph> {
  if (scope.environmentKind !== 'sandbox') {
    throw new Refusal('forbidden', {
      details: 'Simulate actions can be performed in a sandbox environment only.',
    });
  }
  return changeInquiry(ctx, scope, inquiryId, async (change, tx) => {
    for (const action of actions) await perform(ctx, tx, change, action);
  });
}

async function perform(
  ctx: Context,
  tx: Transaction,
  change: InquiryChange,
  action: SimulateAction,
): Promise<void> {
  if (action.kind === 'verify') {
    await simulateVerification(ctx, tx, change, action);
    return;
  }
  move(change, action.action, steps(change, action.action));
}

function steps(
  change: InquiryChange,
  action: InquiryAction,
): { previousStepName?: string; nextStepName?: string } {
  const [first] = stepsOf(change.graph.template.verificationTemplates);
  if (action === 'start') {
    return {
      previousStepName: 'start',
      ...(first && { nextStepName: stepName(first) }),
    };
  }
  if (action === 'complete') return { nextStepName: 'success' };
  return action === 'fail' ? { nextStepName: 'failed' } : {};
}
