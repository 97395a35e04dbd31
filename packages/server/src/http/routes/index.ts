import type { Route } from '../route.ts';
import { listAccountsRoute, redactAccountRoute, retrieveAccountRoute } from './accounts.ts';
import { listApiKeysRoute, retrieveApiKeyRoute } from './api-keys/read.ts';
import {
  cloneApiKeyRoute,
  createApiKeyRoute,
  expireApiKeyRoute,
  updateApiKeyRoute,
} from './api-keys/write.ts';
import { listApiLogsRoute, retrieveApiLogRoute } from './api-logs.ts';
import { addAccountTagRoute, removeAccountTagRoute, setAccountTagsRoute } from './accounts/tags.ts';
import { createAccountRoute, updateAccountRoute } from './accounts/write.ts';
import { createCustomEventsRoute } from './custom-events.ts';
import { documentRoutes } from './documents.ts';
import { egressAddressesRoute } from './egress-addresses.ts';
import { listEventsRoute, retrieveEventRoute } from './events.ts';
import { createInquiryRoute } from './inquiries/create.ts';
import { approveInquiryRoute, declineInquiryRoute, markInquiryForReviewRoute } from './inquiries/decide.ts';
import { listInquiriesRoute } from './inquiries/list.ts';
import { generateInquiryLinkRoute } from './inquiries/one-time-link.ts';
import {
  expireInquiryRoute,
  redactInquiryRoute,
  resumeInquiryRoute,
  retrieveInquiryRoute,
} from './inquiries/one.ts';
import { searchInquiriesRoute } from './inquiries/search.ts';
import { performSimulateActionsRoute } from './inquiries/simulate.ts';
import { addInquiryTagRoute, removeInquiryTagRoute, setInquiryTagsRoute } from './inquiries/tags.ts';
import { updateInquiryRoute } from './inquiries/update.ts';
import { createSessionRoute, generateSessionLinkRoute } from './inquiry-sessions/create.ts';
import { expireSessionRoute, expireSessionsRoute } from './inquiry-sessions/expire.ts';
import { listSessionsRoute, retrieveSessionRoute } from './inquiry-sessions/read.ts';
import { listRateLimitsRoute } from './rate-limits.ts';
import {
  listTemplatesRoute,
  listTemplateVersionsRoute,
  retrieveTemplateRoute,
  retrieveTemplateTranslationsRoute,
} from './inquiry-templates.ts';
import {
  redactVerificationRoute,
  retrieveVerificationOfKindRoutes,
  retrieveVerificationRoute,
} from './verifications.ts';
import { listWebhookEventsOfEventRoute } from './webhook-events/of-event.ts';
import { resendWebhookEventRoute, retrieveWebhookEventRoute } from './webhook-events/one.ts';
import {
  cancelResendJobRoute,
  createResendJobRoute,
  retrieveResendJobRoute,
} from './webhook-events/resend-jobs.ts';
import { searchWebhookEventsRoute } from './webhook-events/search.ts';
import { listWebhooksRoute, retrieveWebhookRoute } from './webhooks/read.ts';
import { archiveWebhookRoute, disableWebhookRoute, enableWebhookRoute } from './webhooks/status.ts';
import {
  cloneWebhookRoute,
  createWebhookRoute,
  rotateWebhookSecretRoute,
  updateWebhookRoute,
} from './webhooks/write.ts';

export const routes: readonly Route[] = [
  listInquiriesRoute,
  createInquiryRoute,
  retrieveInquiryRoute,
  updateInquiryRoute,
  redactInquiryRoute,
  approveInquiryRoute,
  declineInquiryRoute,
  markInquiryForReviewRoute,
  expireInquiryRoute,
  resumeInquiryRoute,
  performSimulateActionsRoute,
  addInquiryTagRoute,
  removeInquiryTagRoute,
  setInquiryTagsRoute,
  generateInquiryLinkRoute,
  searchInquiriesRoute,
  listSessionsRoute,
  createSessionRoute,
  retrieveSessionRoute,
  expireSessionRoute,
  expireSessionsRoute,
  generateSessionLinkRoute,
  listTemplatesRoute,
  retrieveTemplateRoute,
  listTemplateVersionsRoute,
  retrieveTemplateTranslationsRoute,
  listAccountsRoute,
  createAccountRoute,
  retrieveAccountRoute,
  updateAccountRoute,
  redactAccountRoute,
  addAccountTagRoute,
  removeAccountTagRoute,
  setAccountTagsRoute,
  retrieveVerificationRoute,
  redactVerificationRoute,
  ...retrieveVerificationOfKindRoutes,
  ...documentRoutes,
  listEventsRoute,
  retrieveEventRoute,
  createCustomEventsRoute,
  listWebhooksRoute,
  createWebhookRoute,
  retrieveWebhookRoute,
  updateWebhookRoute,
  enableWebhookRoute,
  disableWebhookRoute,
  archiveWebhookRoute,
  rotateWebhookSecretRoute,
  cloneWebhookRoute,
  listWebhookEventsOfEventRoute,
  searchWebhookEventsRoute,
  retrieveWebhookEventRoute,
  resendWebhookEventRoute,
  createResendJobRoute,
  retrieveResendJobRoute,
  cancelResendJobRoute,
  listApiLogsRoute,
  retrieveApiLogRoute,
  egressAddressesRoute,
  listApiKeysRoute,
  createApiKeyRoute,
  retrieveApiKeyRoute,
  updateApiKeyRoute,
  expireApiKeyRoute,
  cloneApiKeyRoute,
  listRateLimitsRoute,
];
