import { takesNoValue, type Scenarios } from '../scenario.ts';

const unknownInquiry = `inq_${'1'.repeat(28)}`;

const forInquiry = (id: string) => ({ data: { attributes: { 'inquiry-id': id } } });

export const sessions: Scenarios = {
  'list-all-inquiry-sessions': {
    200: [
      async (make) => {
        const inquiry = await make.inquiry();
        await make.session(inquiry);
        return { query: `?filter[inquiry-id]=${inquiry}` };
      },
    ],
  },
  'create-an-inquiry-session': {
    201: [async (make) => ({ body: forInquiry(await make.inquiry()) })],
    404: "An id in the body that is nobody's is a 422, which says where it stands.",
    409: [async (make) => ({ body: forInquiry(await make.redactedInquiry()) })],
    422: [() => ({ body: forInquiry(unknownInquiry) })],
  },
  'expire-inquiry-sessions': {
    200: [
      async (make) => {
        const inquiry = await make.inquiry();
        await make.session(inquiry);
        return { body: { meta: { 'inquiry-ids': [inquiry] } } };
      },
    ],
    422: [() => ({ body: { meta: { 'inquiry-ids': [unknownInquiry] } } })],
  },
  'retrieve-an-inquiry-session': {
    200: [async (make) => ({ id: await make.session() })],
  },
  'expire-an-inquiry-session': {
    200: [async (make) => ({ id: await make.session() })],
    422: takesNoValue,
  },
  'generate-a-one-time-link-for-an-inquiry-session': {
    200: [async (make) => ({ id: await make.session() })],
    409: [async (make) => ({ id: await make.expiredSession() })],
    422: takesNoValue,
  },
};
