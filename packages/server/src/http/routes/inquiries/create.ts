import { limits } from '@credence/contract';
import { z } from 'zod';
import type { AccountChoice } from '../../../account/resolve.ts';
import type { Context } from '../../../context.ts';
import { createInquiry, type CreatedInquiry, type NewInquiry } from '../../../inquiry/create.ts';
import { sessionToken } from '../../../inquiry/session-token.ts';
import type { TemplateChoice } from '../../../template/choose.ts';
import { Refusal } from '../../../refusal.ts';
import { check, withoutUnknownAttributes } from '../../check.ts';
import type { Route } from '../../route.ts';
import { unsupported } from '../../unsupported.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';
import { fields, linkSeconds, linkToMeta, note, redirectUri, referenceId, tags } from './attributes.ts';

const expiry = limits.inquiryExpirySeconds;

const seconds = z
  .int()
  .min(1, 'must be at least 1 second')
  .max(expiry.max, `must be at most ${String(expiry.max)} seconds`);

const id = z.string().max(64, 'must have at most 64 characters');

const schema = z.strictObject({
  data: z.strictObject({
    type: z.literal('inquiry', 'must be "inquiry"').optional(),
    attributes: z.strictObject({
      'inquiry-template-id': id.nullish(),
      'inquiry-template-version-id': id.nullish(),
      'template-id': unsupported('Credence has no legacy templates; use inquiry-template-id'),
      'account-id': id.nullish(),
      'reference-id': referenceId.nullish(),
      'creator-email-address': z
        .email('must be an e-mail address')
        .max(320, 'must have at most 320 characters')
        .nullish(),
      'redirect-uri': redirectUri.nullish(),
      'theme-id': unsupported('Credence has no themes'),
      'theme-set-id': unsupported('Credence has no themes'),
      'initial-step-name': unsupported('Credence has no steps to choose from'),
      note: note.nullish(),
      fields: fields.nullish(),
      tags: tags.nullish(),
    }),
  }),
  meta: z
    .strictObject({
      'auto-create-account': z.boolean().optional(),
      'auto-create-account-type-id': unsupported('an environment has one account type'),
      'auto-create-account-reference-id': referenceId.optional(),
      'auto-create-inquiry-session': z.boolean().optional(),
      'auto-create-one-time-link': z.boolean().optional(),
      'expiration-after-create-interval-seconds': seconds.nullish(),
      'expiration-after-start-interval-seconds': seconds.nullish(),
      'expiration-after-resume-interval-seconds': seconds.nullish(),
      'one-time-link-expiration-seconds': linkSeconds.nullish(),
    })
    .optional(),
});

const createdMeta = z.strictObject({
  'session-token': z.string().nullable(),
  'one-time-link': z.string().nullable(),
  'one-time-link-short': z.string().nullable(),
});

type Body = z.output<typeof schema>;

export const createInquiryRoute: Route = {
  method: 'post',
  path: '/inquiries',
  permission: 'inquiry.write',
  reference: {
    id: 'create-an-inquiry',
    summary: 'Create an inquiry',
    description: 'Without an account or a reference id it gets an account of its own.',
    body: schema,
    answer: { statuses: [201], data: 'one', types: ['inquiry'], meta: createdMeta },
    refusals: ['conflict', 'record_invalid', 'not_found'],
  },
  includes: inquiryIncludes,
  creates: { quota: 'inquiry', count: () => 1 },
  async handle({ ctx, scope, apiVersion, body }) {
    const checked = check(schema, withoutUnknownAttributes(schema, body, apiVersion));
    const created = await createInquiry(ctx, scope, toNewInquiry(checked));
    const wantsToken = checked.meta?.['auto-create-inquiry-session'] === true;
    return inquiryAnswer(created.graph, { status: 201, meta: await toMeta(ctx, created, wantsToken) });
  },
};

async function toMeta(ctx: Context, { session, link }: CreatedInquiry, wantsToken: boolean) {
  return {
    'session-token': wantsToken && session !== undefined ? await sessionToken(ctx, session) : null,
    ...(link === undefined ? { 'one-time-link': null, 'one-time-link-short': null } : linkToMeta(link)),
  };
}

function toNewInquiry({ data: { attributes }, meta }: Body): NewInquiry {
  return {
    template: templateChoice(attributes),
    account: accountChoice(attributes, meta),
    referenceId: attributes['reference-id'] ?? null,
    creator: attributes['creator-email-address'] ?? null,
    note: attributes.note ?? null,
    redirectUri: attributes['redirect-uri'] ?? null,
    tags: attributes.tags ?? [],
    fields: attributes.fields ?? {},
    expiry: {
      createSeconds: meta?.['expiration-after-create-interval-seconds'] ?? expiry.default,
      startSeconds: meta?.['expiration-after-start-interval-seconds'] ?? null,
      resumeSeconds: meta?.['expiration-after-resume-interval-seconds'] ?? expiry.default,
    },
    session: sessionChoice(meta),
    oneTimeLinkSeconds: meta?.['one-time-link-expiration-seconds'] ?? null,
  };
}

function sessionChoice(meta: Body['meta']): NewInquiry['session'] {
  if (meta?.['auto-create-one-time-link'] === true) return 'session with link';
  return meta?.['auto-create-inquiry-session'] === true ? 'session' : 'none';
}

function templateChoice(attributes: Body['data']['attributes']): TemplateChoice {
  const template = attributes['inquiry-template-id'];
  const version = attributes['inquiry-template-version-id'];
  if (template && version) {
    throw new Refusal('bad_request', {
      details: 'data.attributes takes one of inquiry_template_id, inquiry_template_version_id, not both',
    });
  }
  if (template) return { kind: 'template', id: template };
  if (version) return { kind: 'version', id: version };
  throw new Refusal('bad_request', { details: 'data.attributes.inquiry_template_id is missing' });
}

function accountChoice(attributes: Body['data']['attributes'], meta: Body['meta']): AccountChoice {
  const id = attributes['account-id'];
  const automatic = meta?.['auto-create-account-reference-id'];
  const reference = attributes['reference-id'] ?? automatic;
  const isAutomatic = meta?.['auto-create-account'] !== false;
  if (automatic !== undefined && (!isAutomatic || automatic !== reference)) {
    throw new Refusal('bad_request', {
      details: `meta.auto_create_account_reference_id cannot be given with ${
        isAutomatic ? 'another data.attributes.reference_id' : 'auto_create_account false'
      }`,
    });
  }
  if (id && reference) {
    throw new Refusal('bad_request', {
      details: 'data.attributes takes one of account_id, reference_id, not both',
    });
  }
  if (id) return { kind: 'existing', id };
  return isAutomatic ? { kind: 'reference', referenceId: reference ?? null } : { kind: 'none' };
}
