import type { InquiryRow, InquiryStatus } from '../db/queries/inquiries.ts';

export type InquiryAction =
  'start' | 'complete' | 'fail' | 'expire' | 'mark_for_review' | 'approve' | 'decline' | 'resume';

interface Transition {
  readonly from: readonly InquiryStatus[];
  readonly to: InquiryStatus;
  readonly event: string;
  /** What is said of each session that it ends. Absent: sessions go on until their time is over. */
  readonly sessionEvent?: 'inquiry-session.expired' | 'inquiry-session.canceled';
}

/** A decision may come at any time and may be changed into another decision. The person cannot go on after one. */
const decidable = ['created', 'pending', 'completed', 'failed', 'expired'] as const;

export const transitions: Readonly<Record<InquiryAction, Transition>> = {
  start: { from: ['created'], to: 'pending', event: 'inquiry.started' },
  complete: { from: ['created', 'pending'], to: 'completed', event: 'inquiry.completed' },
  fail: { from: ['created', 'pending'], to: 'failed', event: 'inquiry.failed' },
  expire: {
    from: ['created', 'pending'],
    to: 'expired',
    event: 'inquiry.expired',
    sessionEvent: 'inquiry-session.expired',
  },
  mark_for_review: {
    from: [...decidable, 'approved', 'declined'],
    to: 'needs_review',
    event: 'inquiry.marked-for-review',
    sessionEvent: 'inquiry-session.canceled',
  },
  approve: {
    from: [...decidable, 'needs_review', 'declined'],
    to: 'approved',
    event: 'inquiry.approved',
    sessionEvent: 'inquiry-session.canceled',
  },
  decline: {
    from: [...decidable, 'needs_review', 'approved'],
    to: 'declined',
    event: 'inquiry.declined',
    sessionEvent: 'inquiry-session.canceled',
  },
  // Persona names no event for it; what a receiver must learn is that the inquiry is pending again.
  resume: { from: ['expired'], to: 'pending', event: 'inquiry.started' },
};

/** What a transition reads and writes of an inquiry. */
export type InquiryState = Pick<
  InquiryRow,
  | 'status'
  | 'startedAt'
  | 'expiresAt'
  | 'completedAt'
  | 'failedAt'
  | 'markedForReviewAt'
  | 'decisionedAt'
  | 'expiredAt'
  | 'redactedAt'
  | 'startSeconds'
  | 'resumeSeconds'
>;

export type TransitionResult =
  | { readonly kind: 'moved'; readonly state: Partial<InquiryState>; readonly event: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Pure: what `action` at `at` makes of an inquiry, or why it may not. */
export function moveInquiry(inquiry: InquiryState, action: InquiryAction, at: Date): TransitionResult {
  if (inquiry.redactedAt !== null) {
    return { kind: 'refused', reason: 'Inquiry already redacted; a redacted inquiry accepts no change.' };
  }
  const transition = transitions[action];
  if (!transition.from.includes(inquiry.status)) {
    return { kind: 'refused', reason: refusalReason(inquiry.status, action) };
  }
  return {
    kind: 'moved',
    event: transition.event,
    state: { status: transition.to, ...marks(inquiry, action, at) },
  };
}

/** Says from, to, and what is allowed. */
function refusalReason(from: InquiryStatus, action: InquiryAction): string {
  const { to, from: allowed } = transitions[action];
  return `Inquiry is ${from} and cannot become ${to}; that is allowed from ${allowed.join(', ')}.`;
}

function marks(inquiry: InquiryState, action: InquiryAction, at: Date): Partial<InquiryState> {
  switch (action) {
    case 'start':
      return {
        startedAt: at,
        ...(inquiry.startSeconds === null ? {} : { expiresAt: later(at, inquiry.startSeconds) }),
      };
    case 'resume':
      return {
        startedAt: inquiry.startedAt ?? at,
        expiredAt: null,
        expiresAt: later(at, inquiry.resumeSeconds),
      };
    case 'complete':
      return { completedAt: at, expiresAt: null };
    case 'fail':
      return { failedAt: at, expiresAt: null };
    case 'expire':
      return { expiredAt: at };
    case 'mark_for_review':
      return { markedForReviewAt: at, expiresAt: null };
    case 'approve':
    case 'decline':
      return { decisionedAt: at, expiresAt: null };
  }
}

function later(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
