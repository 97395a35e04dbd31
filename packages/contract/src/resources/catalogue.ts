import { accountType } from './account-type.ts';
import { account } from './account.ts';
import type { ResourceDeclaration } from './declare.ts';
import { genericDocument, governmentIdDocument, selfie } from './document.ts';
import { event } from './event.ts';
import { inquirySession } from './inquiry-session.ts';
import { inquiryTemplate, inquiryTemplateTranslations, inquiryTemplateVersion } from './inquiry-template.ts';
import { inquiry } from './inquiry.ts';
import { apiKey, apiLog, apiRateLimit, egressAddresses } from './operations.ts';
import {
  databaseVerification,
  documentVerification,
  governmentIdVerification,
  selfieVerification,
} from './verification-kinds.ts';
import { resendJob, webhookEvent } from './webhook-event.ts';
import { webhook } from './webhook.ts';

/** Every resource that goes over the wire, by its type. What is not here cannot be answered or delivered. */
export const resourceDeclarations: Readonly<Record<string, ResourceDeclaration>> = {
  account,
  'account-type': accountType,
  'api-key': apiKey,
  'api-log': apiLog,
  'document/generic': genericDocument,
  'document/government-id': governmentIdDocument,
  'egress-addresses': egressAddresses,
  event,
  inquiry,
  'inquiry-session': inquirySession,
  'inquiry-template': inquiryTemplate,
  'inquiry-template-translations': inquiryTemplateTranslations,
  'inquiry-template-version': inquiryTemplateVersion,
  'rate-limit/api': apiRateLimit,
  'resend-job': resendJob,
  'selfie/profile-and-center': selfie,
  'verification/database': databaseVerification,
  'verification/document': documentVerification,
  'verification/government-id': governmentIdVerification,
  'verification/selfie': selfieVerification,
  webhook,
  'webhook-event': webhookEvent,
};
