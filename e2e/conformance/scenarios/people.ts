import { listsNothing, takesNoValue, type Provocation, type Scenario, type Scenarios } from '../scenario.ts';

const tooLong = 'x'.repeat(10_001);

function ofNewAccount(body?: unknown): Provocation {
  return async (make) => ({ id: await make.account({ tags: ['eu'] }), ...(body !== undefined && { body }) });
}

function ofRedactedAccount(body?: unknown): Provocation {
  return async (make) => ({ id: await make.redactedAccount(), ...(body !== undefined && { body }) });
}

const tagged: Scenario = {
  200: [ofNewAccount({ meta: { 'tag-name': 'vip' } })],
  409: [ofRedactedAccount({ meta: { 'tag-name': 'vip' } })],
  422: [ofNewAccount({ meta: { 'tag-name': tooLong } })],
};

const fields = {
  name: { first: 'Zebulon', last: 'Pike' },
  birthdate: '1990-01-31',
  email_address: 'zebulon@example.com',
};

function ofKind(kind: string): Scenario {
  return { 200: [async (make) => ({ id: await make.verification(`verification/${kind}`) })] };
}

export const accounts: Scenarios = {
  'list-all-accounts': {
    200: [
      () => ({}),
      async (make) => {
        const reference = make.unique('person');
        await make.account({ 'reference-id': reference });
        return { query: `?filter[reference-id]=${reference}` };
      },
    ],
    404: listsNothing,
  },
  'create-an-account': {
    201: [
      (make) => ({ body: { data: { attributes: { 'reference-id': make.unique('person'), fields } } } }),
      (make) => ({
        body: { data: { attributes: { 'reference-id': make.unique('person'), tags: ['vip'] } } },
      }),
    ],
    200: [
      async (make) => {
        const reference = make.unique('person');
        await make.account({ 'reference-id': reference });
        const data = { attributes: { 'reference-id': reference, fields } };
        return { body: { data, meta: { 'upsert-by': 'reference-id' } } };
      },
    ],
    409: [
      async (make) => {
        const reference = make.unique('person');
        await make.account({ 'reference-id': reference });
        return { body: { data: { attributes: { 'reference-id': reference } } } };
      },
    ],
    422: [() => ({ body: { data: { attributes: { 'reference-id': tooLong } } } })],
  },
  'retrieve-an-account': {
    200: [
      async (make) => ({ id: (await make.lived()).account }),
      async (make) => ({ id: await make.account({ fields }) }),
    ],
  },
  'update-an-account': {
    200: [ofNewAccount({ data: { attributes: { fields, tags: ['vip'] } } })],
    409: [ofRedactedAccount({ data: { attributes: { tags: ['vip'] } } })],
    422: [ofNewAccount({ data: { attributes: { 'reference-id': tooLong } } })],
  },
  'redact-an-account': {
    200: [async (make) => ({ id: (await make.verified()).account })],
    409: [ofRedactedAccount()],
    422: takesNoValue,
  },
  'accounts-add-tag': tagged,
  'accounts-remove-tag': {
    ...tagged,
    200: [ofNewAccount({ meta: { 'tag-name': 'eu' } })],
  },
  'accounts-set-all-tags': {
    200: [ofNewAccount({ meta: { 'tag-name': ['vip', 'us'] } })],
    409: [ofRedactedAccount({ meta: { 'tag-name': ['vip'] } })],
    422: [ofNewAccount({ meta: { 'tag-name': [tooLong] } })],
  },
};

export const verifications: Scenarios = {
  'retrieve-a-verification': {
    200: [
      async (make) => ({ id: await make.verification('verification/selfie') }),
      async (make) => ({ id: await make.verification('verification/government-id') }),
      async (make) => ({ id: await make.verification('verification/database') }),
      async (make) => ({ id: await make.verification('verification/document') }),
    ],
  },
  'retrieve-a-government-id-verification': ofKind('government-id'),
  'retrieve-a-selfie-verification': ofKind('selfie'),
  'retrieve-a-database-verification': ofKind('database'),
  'retrieve-a-document-verification': ofKind('document'),
  'redact-a-verification': {
    200: [
      async (make) => {
        const [id] = (await make.verified()).verifications.values();
        if (id === undefined) throw new Error('The inquiry has no verification.');
        return { id };
      },
    ],
    409: [
      async (make) => {
        const [id] = (await make.verified()).verifications.values();
        if (id === undefined) throw new Error('The inquiry has no verification.');
        return { id, before: { id } };
      },
    ],
    422: takesNoValue,
  },
};

export const documents: Scenarios = {
  'retrieve-a-document': {
    200: [
      async (make) => ({ id: await make.document('document/government-id') }),
      async (make) => ({ id: await make.document('document/generic') }),
    ],
  },
  'retrieve-a-government-id-document': {
    200: [async (make) => ({ id: await make.document('document/government-id') })],
  },
  'retrieve-a-generic-document': {
    200: [async (make) => ({ id: await make.document('document/generic') })],
  },
};
