import { isJsonArray, isJsonObject, limits, type Json, type JsonObject } from '@credence/contract';
import { z } from 'zod';
import { performSimulateActions, type SimulateAction } from '../../../inquiry/simulate.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';

const moves = {
  start_inquiry: 'start',
  complete_inquiry: 'complete',
  fail_inquiry: 'fail',
  expire_inquiry: 'expire',
  mark_for_review_inquiry: 'mark_for_review',
  approve_inquiry: 'approve',
  decline_inquiry: 'decline',
} as const;

const verifications = { create_passed_verification: 'passed', create_failed_verification: 'failed' } as const;

const moveNames = Object.keys(moves) as (keyof typeof moves)[];
const verificationNames = Object.keys(verifications) as (keyof typeof verifications)[];

const action = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.enum(moveNames) }),
    z.strictObject({
      type: z.enum(verificationNames),
      data: z.strictObject({
        'verification-template-id': z.string().max(64, 'must have at most 64 characters'),
      }),
    }),
  ],
  `must have a type of ${[...moveNames, ...verificationNames].join(', ')}`,
);

const schema = z.strictObject({
  meta: z.strictObject({
    'simulate-actions': z
      .array(action)
      .min(1, 'must have at least one action')
      .max(limits.simulateActions, `must have at most ${String(limits.simulateActions)} actions`),
  }),
});

export const performSimulateActionsRoute: Route = {
  method: 'post',
  path: '/inquiries/:id/perform-simulate-actions',
  permission: 'inquiry.write',
  reference: {
    id: 'inquiries-perform-simulate-actions',
    summary: 'Simulate what a person and a reviewer do',
    description: 'In a sandbox only. Actions are carried out in order, all or none.',
    body: schema,
    answer: { statuses: [200], data: 'one', types: ['inquiry'] },
    refusals: ['conflict', 'record_invalid'],
  },
  includes: inquiryIncludes,
  creates: { quota: 'verification', count: countVerifications },
  async handle({ ctx, scope, param, body }) {
    const actions = check(schema, body).meta['simulate-actions'].map(toAction);
    return inquiryAnswer(await performSimulateActions(ctx, scope, param('id'), actions));
  },
};

function countVerifications({ meta }: JsonObject): number {
  const actions = isJsonObject(meta) ? meta['simulate-actions'] : undefined;
  return isJsonArray(actions) ? actions.filter(isVerification).length : 0;
}

function isVerification(requested: Json): boolean {
  const type = isJsonObject(requested) ? requested['type'] : undefined;
  return typeof type === 'string' && Object.hasOwn(verifications, type);
}

function toAction(requested: z.output<typeof action>): SimulateAction {
  return 'data' in requested
    ? {
        kind: 'verify',
        outcome: verifications[requested.type],
        verificationTemplateId: requested.data['verification-template-id'],
      }
    : { kind: 'move', action: moves[requested.type] };
}
