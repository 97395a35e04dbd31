import { open, type ResourceDeclaration } from './declare.ts';
import { choice, instant, list, nullable, object, text, whole } from './shapes.ts';

const phase = (what: string) => ({ type: ['number', 'null'], description: what });

const attempt = object('One POST.', {
  number: whole('Which attempt it was, from 1.', 1),
  'started-at': instant('When it began.'),
  'duration-ms': { type: 'number', description: 'How long it took, in milliseconds.' },
  'timings-ms': object('How long each phase took; null for one that did not happen.', {
    resolve: phase('Looking the name up.'),
    connect: phase('Connecting.'),
    tls: phase('The TLS handshake.'),
    'first-byte': phase('Waiting for the first byte.'),
    total: phase('All of it.'),
  }),
  'status-code': nullable(whole('What the receiver answered.', 200)),
  stage: nullable(text('Where it failed.', 'connect')),
  cause: nullable(text('Why it failed.', 'ECONNREFUSED')),
  answer: text('The beginning of what the receiver answered.'),
});

export const webhookEvent: ResourceDeclaration = {
  description: 'One event on its way to one webhook.',
  idPrefix: 'wbhe',
  attributes: {
    status: open(choice('What became of it.', ['pending', 'completed', 'failed', 'skipped'])),
    'event-name': open(text('Name of the event.', 'inquiry.approved')),
    'webhook-id': open(text('The webhook.')),
    'event-id': open(text('The event.')),
    'result-code': open(nullable(whole('Status that the last attempt was answered with.', 200))),
    'attempts-made': open(whole('Attempts so far.', 1)),
    'last-attempted-at': open(nullable(instant('When the last attempt began.'))),
    'created-at': open(instant('When the event happened, or was sent again.')),
    'updated-at': open(instant('When this last changed.')),
    reason: open(nullable(text('Why it ended; `delivered` for success.', 'delivered'))),
    'next-attempt-at': open(nullable(instant('When it will be tried again.'))),
    'resend-of': open(nullable(text('The webhook event that this one repeats.'))),
    'resent-as': open(nullable(text('The webhook event that repeats this one.'))),
    attempts: open(
      list('Every attempt, the first one first; only where one webhook event is read.', attempt),
    ),
  },
};

export const resendJob: ResourceDeclaration = {
  description: 'Sends again whatever failed for one webhook since a moment.',
  idPrefix: 'rsnd',
  attributes: {
    status: open(choice('How far it has come.', ['running', 'completed', 'canceled', 'errored'])),
    'webhook-id': open(text('The webhook.')),
    since: open(instant('What failed from then on is sent again.')),
    matched: open(whole('Failed webhook events that were found.', 12)),
    resent: open(whole('Webhook events that were sent again.', 12)),
    error: open(nullable(text('Why it stopped.'))),
    'created-at': open(instant('When it was created.')),
    'updated-at': open(instant('When it last went on.')),
    'ended-at': open(nullable(instant('When it ended.'))),
  },
};
