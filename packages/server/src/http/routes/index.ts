import type { Route } from '../route.ts';
import { listAccountsRoute, redactAccountRoute, retrieveAccountRoute } from './accounts.ts';
import { addAccountTagRoute, removeAccountTagRoute, setAccountTagsRoute } from './accounts/tags.ts';
import { createAccountRoute, updateAccountRoute } from './accounts/write.ts';
import { createCustomEventsRoute } from './custom-events.ts';
import { documentRoutes } from './documents.ts';
import { egressAddressesRoute } from './egress-addresses.ts';
import { listEventsRoute, retrieveEventRoute } from './events.ts';
import { createInquiryRoute } from './inquiries/create.ts';
import { approveInquiryRoute, declineInquiryRoute, markInquiryForReviewRoute } from './inquiries/decide.ts';
import { listInquiriesRoute } from './inquiries/list.ts';
import {
  expireInquiryRoute,
  redactInquiryRoute,
  resumeInquiryRoute,
  retrieveInquiryRoute,
} from './inquiries/one.ts';
import { performSimulateActionsRoute } from './inquiries/simulate.ts';
import { updateInquiryRoute } from './inquiries/update.ts';
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
  egressAddressesRoute,
];
