import type { JsonObject } from '@credence/contract';
import { inquiryResource } from '../../../inquiry/resource.ts';
import type { SessionOfGraph } from '../../../inquiry/session-commands.ts';
import { sessionResource } from '../../../inquiry/session-resource.ts';
import type { Answer } from '../../route.ts';

/** What `include` may take for a session. */
export const sessionIncludes = ['device', 'inquiry', 'network'] as const;

export function sessionAnswer(
  { session, graph }: SessionOfGraph,
  options: { status?: 201; meta?: JsonObject } = {},
): Answer {
  return {
    kind: 'one',
    data: sessionResource(session, graph.inquiry),
    related: { inquiry: [inquiryResource(graph)] },
    ...options,
  };
}
