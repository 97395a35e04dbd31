import { listsNothing, takesNoValue, type Provocation, type Scenario, type Scenarios } from '../scenario.ts';

const tooLong = 'x'.repeat(10_001);
const namesIt = "An id in the body that is nobody's is a 422, which says where it stands.";

/** A redacted inquiry takes no change. */
function ofRedacted(body?: unknown): Provocation {
  return async (make) => ({ id: await make.redactedInquiry(), ...(body === undefined ? {} : { body }) });
}

function ofNew(body?: unknown): Provocation {
  return async (make) => ({ id: await make.inquiry(), ...(body !== undefined && { body }) });
}

function simulated(...types: readonly string[]): Provocation {
  return ofNew({ meta: { 'simulate-actions': types.map((type) => ({ type })) } });
}

/** A decision that takes a comment. */
const reviewed: Scenario = {
  200: [ofNew(), ofNew({ meta: { comment: 'looks right' } })],
  409: [ofRedacted()],
  422: [ofNew({ meta: { comment: tooLong } })],
};

const withoutBody: Scenario = { 200: [ofNew()], 409: [ofRedacted()], 422: takesNoValue };

export const inquiries: Scenarios = {
  'list-all-inquiries': {
    200: [
      () => ({}),
      () => ({ query: '?page[size]=2' }),
      async (make) => ({ query: `?filter[inquiry-id]=${await make.inquiry()}` }),
    ],
  },
  'create-an-inquiry': {
    201: [
      (make) => ({
        body: {
          data: {
            attributes: {
              'inquiry-template-id': make.templates.template,
              'reference-id': make.unique('person'),
              'creator-email-address': 'creator@example.com',
              'redirect-uri': 'https://example.com/done',
              note: 'a note',
              fields: { 'name-first': 'Zebulon', birthdate: '1990-01-31' },
              tags: ['vip'],
            },
          },
          meta: { 'auto-create-account': false, 'expiration-after-create-interval-seconds': 600 },
        },
      }),
      (make) => ({
        body: { data: { attributes: { 'inquiry-template-version-id': make.templates.version } } },
      }),
      (make) => ({
        body: {
          data: { attributes: { 'inquiry-template-id': make.templates.template } },
          meta: {
            'auto-create-inquiry-session': true,
            'auto-create-one-time-link': true,
            'one-time-link-expiration-seconds': 600,
          },
        },
      }),
    ],
    404: namesIt,
    422: [() => ({ body: { data: { attributes: { 'inquiry-template-id': 'itmpl_1' } } } })],
  },
  'retrieve-an-inquiry': {
    200: [
      async (make) => ({ id: (await make.lived()).inquiry }),
      async (make) => ({ id: await make.redactedInquiry() }),
    ],
  },
  'update-an-inquiry': {
    200: [
      ofNew({ data: { attributes: { note: 'another', tags: ['eu'], fields: { 'name-first': 'Ada' } } } }),
    ],
    409: [ofRedacted({ data: { attributes: { note: 'x' } } })],
    422: [ofNew({ data: { attributes: { note: tooLong } } })],
  },
  'redact-an-inquiry': {
    200: [async (make) => ({ id: (await make.verified()).inquiry })],
    409: [ofRedacted()],
    422: takesNoValue,
  },
  'approve-an-inquiry': reviewed,
  'decline-an-inquiry': reviewed,
  'mark-an-inquiry-for-review': withoutBody,
  'expire-an-inquiry': withoutBody,
  'resume-an-inquiry': {
    200: [async (make) => ({ id: await make.expiredInquiry() })],
    409: [ofRedacted()],
    422: takesNoValue,
  },
  'generate-a-one-time-link': {
    200: [ofNew(), ofNew({ meta: { 'expires-in-seconds': 600 } })],
    409: [ofRedacted()],
    422: [ofNew({ meta: { 'expires-in-seconds': -1 } })],
  },
  'inquiries-add-tag': {
    200: [ofNew({ meta: { 'tag-name': 'vip' } })],
    409: [ofRedacted({ meta: { 'tag-name': 'vip' } })],
    422: [ofNew({ meta: { 'tag-name': tooLong } })],
  },
  'inquiries-remove-tag': {
    200: [async (make) => ({ id: await make.taggedInquiry(), body: { meta: { 'tag-name': 'vip' } } })],
    409: [ofRedacted({ meta: { 'tag-name': 'vip' } })],
    422: [ofNew({ meta: { 'tag-name': tooLong } })],
  },
  'inquiries-set-all-tags': {
    200: [ofNew({ meta: { 'tag-name': ['vip', 'eu'] } })],
    409: [ofRedacted({ meta: { 'tag-name': ['vip'] } })],
    422: [ofNew({ meta: { 'tag-name': [tooLong] } })],
  },
  'inquiries-perform-simulate-actions': {
    200: [
      simulated('start_inquiry', 'complete_inquiry', 'mark_for_review_inquiry', 'approve_inquiry'),
      simulated('start_inquiry', 'fail_inquiry', 'decline_inquiry'),
      simulated('expire_inquiry'),
      async (make) => ({
        id: await make.inquiry(),
        body: {
          meta: {
            'simulate-actions': make.templates.kinds.flatMap((kind) => [
              make.verify('failed', kind),
              make.verify('passed', kind),
            ]),
          },
        },
      }),
    ],
    403: [
      async (make) => ({
        id: await make.inquiry({}, undefined, 'production'),
        caller: 'production',
        body: { meta: { 'simulate-actions': [{ type: 'start_inquiry' }] } },
      }),
    ],
    409: [ofRedacted({ meta: { 'simulate-actions': [{ type: 'start_inquiry' }] } })],
    422: [
      ofNew({
        meta: {
          'simulate-actions': [
            { type: 'create_passed_verification', data: { 'verification-template-id': 'vtmpl_1' } },
          ],
        },
      }),
    ],
  },
  'search-inquiries': {
    200: [
      () => ({ body: {} }),
      () => ({ body: { page: { size: 2 }, sort: { attribute: 'created_at', direction: 'asc' } } }),
      (make) => ({
        body: {
          query: {
            and: [
              { attribute: 'inquiry_template_id', operator: 'eq', value: make.templates.template },
              { not: { attribute: 'status', operator: 'eq', value: 'approved' } },
              { attribute: 'created_at', operator: 'gte', value: '2025-01-01' },
            ],
          },
          sort: { attribute: 'created_at', direction: 'desc' },
        },
      }),
    ],
    404: listsNothing,
    409: 'A search changes nothing, so an Idempotency-Key is not looked at.',
    422: [() => ({ body: { query: { attribute: 'shoe_size', operator: 'eq', value: '46' } } })],
  },
};
