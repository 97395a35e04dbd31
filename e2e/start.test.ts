import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createInquiry, createWebhook, succeed } from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { eventually } from './testing/deadline.ts';
import { startEventReceiver } from './testing/event-receiver.ts';
import { sandboxKey, ServerProcess, startServer } from './testing/server-process.ts';

test('the first start prints its ids and the key once, and the second start no key', async () => {
  await using dataDir = await DataDir.makeEmpty();
  await using first = await ServerProcess.spawn({ dataDir });
  const { sandboxKey: key = 'none', templateId, verificationTemplateIds } = (await first.ready()).greeting;
  expect(key).toMatch(/^persona_sandbox_\w{32,}$/);
  expect(first.output.split(key)).toHaveLength(2);
  expect(await statusOf(`${first.url}/healthz`)).toBe(200);
  expect(await statusOf(`${first.url}/readyz`)).toBe(200);
  const { json } = await succeed(first.api(key)('GET', `/inquiry-templates/${templateId}`));
  expect(json.data.id).toBe(templateId);
  expect((await stat(join(dataDir.path, 'master.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(dataDir.path)).mode & 0o007, 'strangers may not look in').toBe(0);
  expect(await first.stop()).toMatchObject({ code: 0 });

  await using second = await ServerProcess.spawn({ dataDir });
  expect((await second.ready()).greeting).toMatchObject({
    templateId,
    verificationTemplateIds,
    sandboxKey: undefined,
  });
  expect(second.output).not.toContain('persona_sandbox_');
  await succeed(second.api(key)('GET', '/inquiries'));
});

test('the key of CREDENCE_BOOTSTRAP_SANDBOX_KEY works and is printed nowhere', async () => {
  await using dataDir = await DataDir.make();
  await using server = await startServer({ dataDir, env: { CREDENCE_LOG_LEVEL: 'trace' } });
  await createInquiry(server.api(sandboxKey), server.greeting.templateId);
  expect(await server.api('persona_sandbox_another')('GET', '/inquiries')).toMatchObject({ status: 401 });
  await server.stop();
  expect(server.output).not.toContain(sandboxKey);
});

test('a server that others can reach sends to loopback only where the operator allows it', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  await using local = await startServer({ dataDir });
  receiver.trust((await createWebhook(local.api(), receiver.url)).secret);
  await local.stop();

  await using open = await startServer({ dataDir, env: { HOST: '0.0.0.0' } });
  const data = { attributes: { name: 'loopback', url: receiver.url, 'enabled-events': ['inquiry.created'] } };
  const refused = await open.api()('POST', '/webhooks', { data });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].details).toContain('The host 127.0.0.1 is not allowed: loopback address.');
  // The webhook from before is refused at each attempt.
  await createInquiry(open.api(), open.greeting.templateId);
  const attempts = await eventually('an attempt', async () => {
    const rows = await dataDir.rows('select stage, cause from attempts');
    return rows.length > 0 ? rows : undefined;
  });
  expect(attempts[0]).toMatchObject({ cause: 'address_refused' });
  expect(receiver.arrivals).toEqual([]);
  await open.stop();

  const allowed = { HOST: '0.0.0.0', CREDENCE_EGRESS_ALLOW: '10.0.0.0/8, 127.0.0.1' };
  await using allowing = await startServer({ dataDir, env: allowed });
  const id = await createInquiry(allowing.api(), allowing.greeting.templateId);
  await receiver.untilCount(1, ({ objectId }) => objectId === id);
});

test('CREDENCE_HEADER_PREFIX names the delivery headers', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver({ headerPrefix: 'Acme' });
  await using server = await startServer({ dataDir, env: { CREDENCE_HEADER_PREFIX: 'Acme' } });
  receiver.trust((await createWebhook(server.api(), receiver.url)).secret);
  await createInquiry(server.api(), server.greeting.templateId);
  const [arrival] = await receiver.untilCount(1);
  const names = Object.keys(arrival!.headers);
  expect(names.filter((name) => name.startsWith('acme-')).sort()).toEqual([
    'acme-signature',
    'acme-webhook-attempts-left',
    'acme-webhook-attempts-made',
    'acme-webhook-first-attempted-at',
  ]);
  expect(names.filter((name) => name.startsWith('persona'))).toEqual([]);
  expect(receiver.refusals).toEqual([]);
});

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.text();
  return response.status;
}
