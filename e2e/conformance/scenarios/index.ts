import type { Scenarios } from '../scenario.ts';
import { apiKeys } from './api-keys.ts';
import { inquiries } from './inquiries.ts';
import { accounts, documents, verifications } from './people.ts';
import { apiLogs, events, rateLimits, templates } from './rest.ts';
import { sessions } from './sessions.ts';
import { webhooks } from './webhooks.ts';

/** Every operation of the document that Credence has or is to have next. */
export const scenarios: Scenarios = {
  ...inquiries,
  ...sessions,
  ...templates,
  ...accounts,
  ...verifications,
  ...documents,
  ...apiKeys,
  ...apiLogs,
  ...rateLimits,
  ...events,
  ...webhooks,
};
