import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { databaseUrl, runAdmin } from '../../packages/server/src/testing/global-setup.ts';
import { readPersonaDocument } from '../../packages/server/src/testing/persona-openapi.ts';
import { baselineOf, invalidIn, lostSince, type Baseline } from './baseline.ts';
import type { Coverage } from './coverage.ts';
import { withFigures } from './figures.ts';
import { reportOn } from './report.ts';
import { runConformance } from './run.ts';

const document = readPersonaDocument();
const reason =
  document === undefined ? ' (skipped: no ../shared/persona-openapi, and no PERSONA_OPENAPI)' : '';
const baseline: Baseline = JSON.parse(await readFile(new URL('baseline.json', import.meta.url), 'utf8'));

describe.skipIf(document === undefined)(`conformance to Persona's OpenAPI document${reason}`, () => {
  let coverage: Coverage;

  beforeAll(async () => {
    if (document === undefined) throw new Error('describe.skipIf lets nobody here.');
    coverage = await inRoom((premises) => runConformance(document, premises));
    if (process.env['CONFORMANCE_REPORT'] !== undefined) console.log(reportOn(coverage));
  });

  test('what is covered is as the document says', () => {
    expect(invalidIn(coverage)).toEqual([]);
  });

  test('nothing is lost of what was covered', () => {
    expect(lostSince(baseline, baselineOf(coverage))).toEqual([]);
  });
});

test('the figures of the documentation are those of the baseline', async () => {
  const page = await readFile(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  expect(withFigures(page, baseline)).toBe(page);
});

/** Databases cloned from the template of the test run, and a folder. */
async function inRoom<Result>(
  work: (premises: {
    readonly dataDir: string;
    readonly createDatabase: () => Promise<string>;
  }) => Promise<Result>,
): Promise<Result> {
  const adminUrl = inject('adminUrl');
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-conformance-'));
  const names: string[] = [];
  const createDatabase = async (): Promise<string> => {
    const name = `credence_${randomBytes(6).toString('hex')}`;
    await runAdmin(adminUrl, `create database ${name} template ${inject('templateDatabase')}`);
    names.push(name);
    return databaseUrl(adminUrl, name);
  };
  try {
    return await work({ dataDir, createDatabase });
  } finally {
    for (const name of names) await runAdmin(adminUrl, `drop database if exists ${name} with (force)`);
    await rm(dataDir, { recursive: true, force: true });
  }
}
