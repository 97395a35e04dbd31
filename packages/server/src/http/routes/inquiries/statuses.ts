import { transitions } from '../../../inquiry/state-machine.ts';
import type { InquiryStatus } from '../../../db/queries/inquiries.ts';

/** Every status that an inquiry can have. */
export const inquiryStatuses: readonly string[] = [
  ...new Set<InquiryStatus>(['created', ...Object.values(transitions).map(({ to }) => to)]),
];
