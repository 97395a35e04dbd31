import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { verifySignature } from '@credence/receiver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personaDocumentPath, type AnyJson } from '../../packages/server/src/testing/persona-openapi.ts';
import { openMailbox, type Mailbox } from '../conformance/mailbox.ts';
import { startUnderTest, type ServerUnderTest } from '../conformance/server.ts';
import { templateIdsOf } from '../conformance/template-ids.ts';
import { rentPremises } from '../conformance/testing/rent-premises.ts';
import { compileCalls } from './testing/compile-calls.ts';

const documentPath = personaDocumentPath();
const reason =
  documentPath === undefined ? ' (skipped: no ../shared/persona-openapi, and no PERSONA_OPENAPI)' : '';
const limitMs = 240_000;

describe.skipIf(documentPath === undefined)(`a client generated from Persona's document${reason}`, () => {
  const open: AsyncDisposable[] = [];
  let server: ServerUnderTest;
  let mailbox: Mailbox;
  let baseUrl: string;
  let sandboxKey: string;
  /** Where the compiled client and what calls it are. */
  let output: string;
  const callsOf = (name: string): Promise<AnyJson> =>
    import(/* @vite-ignore */ pathToFileURL(join(output, `${name}.js`)).href);

  beforeAll(async () => {
    if (documentPath === undefined) throw new Error('describe.skipIf lets nobody here.');
    const folder = await mkdtemp(join(tmpdir(), 'credence-client-'));
    open.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
    // Throws when what calls the client is not as the generated types say.
    output = await compileCalls(documentPath, folder);
    const premises = await rentPremises();
    open.push(premises);
    mailbox = await openMailbox();
    open.push(mailbox);
    server = await startUnderTest(premises);
    open.push(server);
    baseUrl = `${server.running.url}/api/v1`;
    sandboxKey = (await server.makeKey({ kind: 'sandbox', disclosed: ['*'] })).value;
  }, limitMs);
  afterAll(async () => {
    for (const each of open.toReversed()) await each[Symbol.asyncDispose]();
  });

  test(
    'lives through an inquiry, unmodified',
    async () => {
      const templates = templateIdsOf(server.running);
      const { live } = await callsOf('life');
      const story = await live({
        baseUrl,
        sandboxKey,
        productionKey: (await server.makeKey({ kind: 'production' })).value,
        receiverUrl: `${mailbox.url}generated`,
        verificationTemplates: ['government-id', 'selfie'].map((kind) =>
          templates.verificationTemplate(kind),
        ),
      });

      expect(story).toMatchObject({
        account: expect.stringMatching(/^act_/),
        statuses: ['created', 'completed', 'approved', 'approved'],
        nameFirst: { type: 'string', value: 'Zebulon' },
        verifications: [
          { type: 'verification/government-id', status: 'passed' },
          { type: 'verification/selfie', status: 'passed' },
        ],
        webhookStatuses: ['disabled', 'enabled', 'enabled'],
        unknown: { status: 404, title: 'Record not found' },
        wrong: { status: 422, details: expect.stringContaining('inquiry_template_id') },
        redactedTwice: { status: 409, details: 'Inquiry already redacted' },
        stranger: { status: 401, title: 'Token is invalid', details: undefined },
      });
      expect(story.eventNames).toEqual([
        'inquiry.approved',
        'inquiry.completed',
        'inquiry.started',
        'inquiry.created',
      ]);
      expect(story.secrets).toHaveLength(2);

      await mailbox.waitFor(1, 15_000);
      const [delivery] = mailbox.deliveries;
      for (const secret of story.secrets) {
        const header = delivery?.headers['persona-signature'];
        expect(verifySignature({ header, rawBody: delivery?.body ?? '', secret }).ok).toBe(true);
      }
    },
    limitMs,
  );

  test('makes an account, makes it again by its reference id, and is refused a double', async () => {
    const { makeAccount } = await callsOf('account');
    expect(await makeAccount(baseUrl, sandboxKey)).toMatchObject({
      statuses: [201, 200, 409],
      isSame: true,
      referenceId: 'made',
      duplicate: { title: expect.any(String) },
    });
  });
});
