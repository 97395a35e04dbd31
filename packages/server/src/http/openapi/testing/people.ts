import { idOf, newInquiry, simulate, verify, type Life } from './steps.ts';

/** One person from the first step to the decision and to being forgotten, and others who do not come as far. */
export async function checkPeople(life: Life): Promise<void> {
  const { api } = life;
  await readTemplates(life);
  const inquiry = await newInquiry(life, 'user-1');
  const path = `/inquiries/${inquiry}`;
  await api('GET', path);
  await api('GET', '/inquiries?filter[reference-id]=user-1');
  await api('POST', '/inquiries/search', {
    query: { attribute: 'reference_id', operator: 'eq', value: 'user-1' },
    sort: { attribute: 'created_at', direction: 'desc' },
  });
  await api('PATCH', path, { data: { attributes: { note: 'Called back', tags: ['vip'] } } });
  await simulate(life, inquiry, { type: 'start_inquiry' });
  await simulate(life, inquiry, verify(life, 'passed', 'governmentId'), verify(life, 'passed', 'selfie'));
  const complete = await simulate(life, inquiry, { type: 'complete_inquiry' });
  await api('POST', `${path}/mark-for-review`);
  await api('POST', `${path}/approve`, { meta: { comment: 'Looks right' } });
  await api('POST', `${path}/decline`, { meta: { comment: 'On second thoughts' } });
  const { verifications, account } = complete.json.data.relationships;
  await api('GET', `/verifications/${verifications.data[0].id}?include=document`);
  await api('GET', '/accounts');
  await api('GET', `/accounts/${account.data.id}`);

  const other = await newInquiry(life, 'user-2');
  await simulate(life, other, verify(life, 'failed', 'governmentId'), { type: 'fail_inquiry' });
  const third = await newInquiry(life, 'user-3');
  await api('POST', `/inquiries/${third}/expire`);
  await api('POST', `/inquiries/${third}/resume`);
  await tagInquiry(life, third);
  await readEvidence(life);
  await forget(life, inquiry, account.data.id);
}

async function readTemplates({ api, server }: Life): Promise<void> {
  const path = `/inquiry-templates/${server.templateId}`;
  await api('GET', '/inquiry-templates');
  await api('GET', `${path}?include=latest-published-version`);
  await api('GET', `${path}/translations`);
  await api('GET', `/inquiry-template-versions?filter[inquiry-template-id]=${server.templateId}`);
}

async function tagInquiry({ api }: Life, inquiry: string): Promise<void> {
  const path = `/inquiries/${inquiry}`;
  await api('POST', `${path}/add-tag`, { meta: { 'tag-name': 'vip' } });
  await api('POST', `${path}/set-tags`, { meta: { 'tag-name': ['vip', 'branch'] } });
  await api('POST', `${path}/remove-tag`, { meta: { 'tag-name': 'vip' } });
  await api('POST', `${path}/add-tag`, { meta: { 'tag-name': '' } });
}

/** A verification of each kind, and the documents of those that have some. */
async function readEvidence(life: Life): Promise<void> {
  const { api } = life;
  const inquiry = await newInquiry(life, 'user-5');
  const kinds = ['governmentId', 'selfie', 'database', 'document'] as const;
  const { json } = await simulate(life, inquiry, ...kinds.map((kind) => verify(life, 'passed', kind)));
  const { verifications, documents } = json.data.relationships;
  for (const { type, id } of verifications.data) await api('GET', `/${type}s/${id}`);
  for (const { type, id } of documents.data) await api('GET', `/${type}s/${id}`);
  await api('GET', `/documents/${documents.data[0].id}?include=inquiry`);
  const verification = `/verifications/${verifications.data[0].id}`;
  await api('DELETE', verification);
  await api('DELETE', verification);
}

/** What is redacted takes no change. */
async function forget(life: Life, inquiry: string, account: string): Promise<void> {
  const { api } = life;
  const path = `/inquiries/${inquiry}`;
  await api('DELETE', path);
  await api('DELETE', path);
  await api('DELETE', `/accounts/${account}`);
  await api('DELETE', `/accounts/${account}`);
  for (const action of ['approve', 'decline', 'mark-for-review', 'expire', 'resume'])
    await api('POST', `${path}/${action}`);
  await api('PATCH', path, { data: { attributes: { note: 'Too late' } } });
  await simulate(life, inquiry, { type: 'start_inquiry' });
}

/** Accounts of their own, without an inquiry. */
export async function keepAccounts({ api }: Life): Promise<void> {
  const attributes = { 'reference-id': 'customer-1', 'name-first': 'Jane', tags: ['vip'] };
  const created = await api('POST', '/accounts', { data: { attributes } });
  const again = { 'reference-id': 'customer-1', 'name-first': 'Joan' };
  await api('POST', '/accounts', { data: { attributes: again }, meta: { 'upsert-by': 'reference-id' } });
  await api('POST', '/accounts', { data: { attributes } });
  const path = `/accounts/${idOf(created)}`;
  await api('PATCH', path, { data: { attributes: { fields: { email_address: 'joan@example.com' } } } });
  await api('PATCH', path, { data: { attributes: { birthdate: 'yesterday' } } });
  await api('POST', `${path}/add-tag`, { meta: { 'tag-name': 'branch' } });
  await api('POST', `${path}/remove-tag`, { meta: { 'tag-name': 'vip' } });
  await api('POST', `${path}/set-tags`, { meta: { 'tag-name': ['vip'] } });
  await api('GET', `${path}?include=account-type`);
}

/** Sessions and links of an inquiry, one of which a person follows. */
export async function visitByLink(life: Life): Promise<void> {
  const { api, server } = life;
  const inquiry = await newInquiry(life, 'user-6');
  const attributes = { 'inquiry-id': inquiry };
  const path = `/inquiry-sessions/${idOf(await api('POST', '/inquiry-sessions', { data: { attributes } }))}`;
  const linked = await api('POST', `${path}/generate-one-time-link`);
  const { search } = new URL(linked.json.meta['one-time-link']);
  await fetch(`${server.server.url}/verify${search}`, { method: 'POST' });
  await api('GET', `${path}?include=inquiry`);
  await api('POST', `/inquiries/${inquiry}/generate-one-time-link`, { meta: { 'expires-in-seconds': 3600 } });
  await api('GET', `/inquiry-sessions?filter[inquiry-id]=${inquiry}`);
  await api('POST', `${path}/expire`);
  await api('POST', `${path}/expire`);
  await api('POST', '/inquiry-sessions/expire-all', { meta: { 'inquiry-ids': [inquiry] } });
  await api('POST', '/inquiry-sessions', { data: { attributes } });
  await api('POST', `/inquiries/${inquiry}/decline`);
  await api('POST', '/inquiry-sessions', { data: { attributes } });
  await api('POST', `/inquiries/${inquiry}/generate-one-time-link`);
}
