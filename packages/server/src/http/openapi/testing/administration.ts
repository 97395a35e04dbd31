import { statement } from '../../../db/database.ts';
import { until } from '../../../delivery/testing/until.ts';
import { apiClient, type TestServer } from '../../../testing/test-server.ts';
import { idOf, type Life } from './steps.ts';

/** Keys: one for reports, one that makes keys itself. */
export async function manageKeys({ administrator, recorded, server }: Life): Promise<void> {
  const attributes = {
    name: 'Reporting',
    note: 'Reads what was decided',
    permissions: ['inquiry.read', 'account.read'],
    'ip-address-allowlist': ['203.0.113.0/24'],
  };
  const path = `/api-keys/${idOf(await administrator('POST', '/api-keys', { data: { attributes } }))}`;
  await administrator('GET', '/api-keys?filter[name]=Reporting');
  await administrator('GET', path);
  await administrator('PATCH', path, { data: { attributes: { note: 'Reads the accounts, too' } } });
  const clone = await administrator('POST', `${path}/clone`);
  const expiry = { meta: { 'expires-in-seconds': 3600 } };
  await administrator('POST', `/api-keys/${idOf(clone)}/expire`, expiry);
  const wrong = { name: 'Reporting', permissions: ['inquiry.fly'] };
  await administrator('POST', '/api-keys', { data: { attributes: wrong } });

  const own = { name: 'Keys only', permissions: ['api_key.read', 'api_key.write'] };
  const made = await administrator('POST', '/api-keys', { data: { attributes: own } });
  const issuer = recorded(apiClient(server.server.url, made.json.data.attributes.value));
  const more = { name: 'Reporting', permissions: ['inquiry.read'] };
  await issuer('POST', '/api-keys', { data: { attributes: more } });
  await issuer('POST', `/api-keys/${idOf(made)}/expire`, expiry);
  await issuer('PATCH', `/api-keys/${idOf(made)}`, { data: { attributes: { permissions: [] } } });
  await issuer('GET', '/inquiries');
}

/** How the environment stands, and what was asked last. */
export async function readLogs({ api, server }: Life): Promise<void> {
  await api('GET', '/rate-limits');
  const asked = await api('POST', '/accounts', {
    data: { attributes: { 'reference-id': 'customer-2', 'name-last': 'Doe' } },
  });
  const id = asked.headers.get('request-id') ?? '';
  await logged(server, id);
  await api('GET', '/api-logs?page[size]=1');
  await api('GET', `/api-logs/${id}`);
}

/** Logs are written behind the requests. */
async function logged({ db }: TestServer, id: string): Promise<void> {
  await until('the request is in the log', async () => (await db.query(findLog, [id])).length > 0);
}

const findLog = statement('test.api-log', 'select id from api_logs where id = $1');
