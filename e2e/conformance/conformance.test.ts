import { readFile } from 'node:fs/promises';
import { emittedEvents } from '@credence/contract';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPersonaDocument } from '../../packages/server/src/testing/persona-openapi.ts';
import { baselineOf, invalidIn, lostSince, type Baseline } from './baseline.ts';
import type { Coverage } from './coverage.ts';
import { withFigures } from './figures.ts';
import { reportOn } from './report.ts';
import { runConformance } from './run.ts';
import { rentPremises } from './testing/rent-premises.ts';

const document = readPersonaDocument();
const reason =
  document === undefined ? ' (skipped: no ../shared/persona-openapi, and no PERSONA_OPENAPI)' : '';
const baseline: Baseline = JSON.parse(await readFile(new URL('baseline.json', import.meta.url), 'utf8'));

describe.skipIf(document === undefined)(`conformance to Persona's OpenAPI document${reason}`, () => {
  let coverage: Coverage;

  beforeAll(async () => {
    if (document === undefined) throw new Error('describe.skipIf lets nobody here.');
    await using premises = await rentPremises();
    coverage = await runConformance(document, premises);
    if (process.env['CONFORMANCE_REPORT'] !== undefined) console.log(reportOn(coverage));
  }, 240_000);

  test('what is covered is as the document says', () => {
    expect(invalidIn(coverage)).toEqual([]);
  });

  test('every event that Credence makes has come', () => {
    expect(baselineOf(coverage).webhooks.toSorted()).toEqual(Object.keys(emittedEvents).toSorted());
  });

  test('nothing is lost of what was covered', () => {
    expect(lostSince(baseline, baselineOf(coverage))).toEqual([]);
  });
});

test('the figures of the documentation are those of the baseline', async () => {
  const page = await readFile(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  expect(withFigures(page, baseline)).toBe(page);
});
