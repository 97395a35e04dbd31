import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../config.ts';
import { openEgress } from '../../open-egress.ts';
import { readCaFile } from './ca-file.ts';
import { EXPIRED_CERTIFICATE, TEST_CERTIFICATE } from './testing/certificate.ts';
import { httpsReceiver } from './testing/receivers.ts';
import { postTo } from './testing/posting.ts';

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-ca-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'ca.pem');
  await writeFile(path, text);
  return path;
}

test('the certificates of the file that the operator names are trusted, each of them', async () => {
  const path = await fileOf(`# ours\n${EXPIRED_CERTIFICATE.cert}\r\n\n${TEST_CERTIFICATE.cert}\n`);
  const receiver = await httpsReceiver((_request, response) => response.end('trusted'));
  const { transport } = await openEgress(readConfig({ CREDENCE_EGRESS_CA_FILE: path }));
  expect(await transport.post(postTo(receiver.url))).toMatchObject({ kind: 'answered', answer: 'trusted' });
  await transport.close(0);
  const { transport: without } = await openEgress(readConfig({}));
  expect(await without.post(postTo(receiver.url))).toMatchObject({ cause: 'tls_untrusted' });
  await without.close(0);
});

test.each([
  ['', 'has no PEM certificate in it'],
  [TEST_CERTIFICATE.key, 'has no PEM certificate in it'],
  [TEST_CERTIFICATE.cert.replace('MIIB', 'MIIX'), 'whose certificate 1 cannot be parsed'],
  [`${TEST_CERTIFICATE.cert}\n-----BEGIN CERTIFICATE-----\nMIIB`, 'whose certificate 2 cannot be parsed'],
])('a file that is of no use stops the start, and is named', async (text, problem) => {
  const path = await fileOf(text);
  const start = openEgress(readConfig({ CREDENCE_EGRESS_CA_FILE: path }));
  await expect(start).rejects.toThrow(`CREDENCE_EGRESS_CA_FILE names ${path}, w`);
  await expect(start).rejects.toThrow(problem);
});

test('a file that is not there', async () => {
  expect(await readCaFile('/nowhere/ca.pem')).toEqual({
    problem: 'names /nowhere/ca.pem, which cannot be read (ENOENT)',
  });
});
