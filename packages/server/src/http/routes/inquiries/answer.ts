import type { JsonObject } from '@credence/contract';
import type { InquiryGraph } from '../../../inquiry/graph.ts';
import { inquiryResource } from '../../../inquiry/resource.ts';
import { relatedToInquiry } from '../../../inquiry/snapshots.ts';
import type { Answer } from '../../route.ts';

/** What `include` may take for an inquiry. */
export const inquiryIncludes = [
  'account',
  'documents',
  'inquiry-template',
  'inquiry-template-version',
  'reports',
  'reviewer',
  'selfies',
  'sessions',
  'template',
  'transaction',
  'verifications',
] as const;

export function inquiryAnswer(
  graph: InquiryGraph,
  options: { status?: 201; meta?: JsonObject } = {},
): Answer {
  return { kind: 'one', data: inquiryResource(graph), related: relatedToInquiry(graph), ...options };
}
