import { expect, test } from 'vitest';
import { baselineOf, invalidIn, lostSince } from './baseline.ts';
import { coverageOf, type Findings } from './coverage.ts';
import type { Exchange } from './exchange.ts';
import { provocationsFor, type Operation } from './generic.ts';
import { reportOn, totalsOf } from './report.ts';
import type { Scenario } from './scenario.ts';

const approve: Operation = {
  id: 'approve-an-inquiry',
  name: 'post /inquiries/{inquiry-id}/approve',
  method: 'post',
  path: '/inquiries/{inquiry-id}/approve',
  statuses: [200, 404, 409, 422],
  takesBody: true,
  includes: [],
};
const scenario: Scenario = { 200: [() => ({ id: 'inq_1' })], 422: 'It takes no value.' };

const answered = (status: number, wanted = status, problems: readonly string[] = []): Exchange => ({
  operation: approve.name,
  wanted,
  status,
  problems,
  refusal: status < 300 ? '' : 'Record not found',
});

const findings = (exchanges: readonly Exchange[], more: Partial<Findings> = {}): Findings => ({
  operations: [approve],
  webhooks: ['inquiry.approved'],
  scenarios: { [approve.id]: scenario },
  built: new Set([approve.name]),
  exchanges,
  stumbles: [],
  delivered: [{ name: 'inquiry.approved', count: 2, problems: [] }],
  ...more,
});

test('a status is valid when each of its answers is, missed with what came instead, or excused with the reason', () => {
  const coverage = coverageOf(findings([answered(200), answered(404), answered(404, 409)]));
  expect(coverage.operations[0]).toMatchObject({
    kind: 'served',
    statuses: [
      { status: 200, kind: 'valid' },
      { status: 404, kind: 'valid' },
      { status: 409, kind: 'missed', instead: ['404 Record not found'] },
      { status: 422, kind: 'excused', reason: 'It takes no value.' },
    ],
  });
  expect(totalsOf(coverage)).toEqual({
    operations: { all: 1, covered: 1, valid: 1 },
    statuses: { all: 4, covered: 2, valid: 2 },
    webhooks: { all: 1, covered: 1, valid: 1 },
  });
  expect(invalidIn(coverage)).toEqual([`${approve.name} 409: never came`]);
});

test('one way to a status does not make up for another that leads elsewhere', () => {
  const coverage = coverageOf(findings([answered(200), answered(400, 200), answered(404), answered(409)]));
  expect(invalidIn(coverage)).toEqual([`${approve.name} 200: was wanted, and came to 400 Record not found`]);
});

test('one answer, one undocumented status or one delivery that is wrong is named, and is no longer valid', () => {
  const good = coverageOf(findings([answered(200), answered(404)]));
  const bad = coverageOf(
    findings(
      [answered(200), answered(200, 200, ['/data is no object']), answered(500, 404, ['not documented'])],
      { delivered: [{ name: 'inquiry.approved', count: 2, problems: ['Header x is missing'] }] },
    ),
  );
  expect(invalidIn(bad)).toEqual([
    `${approve.name} 200: /data is no object`,
    `${approve.name} 404: never came`,
    `${approve.name} 409: never came`,
    `${approve.name} 500: not documented`,
    'webhook inquiry.approved: Header x is missing',
  ]);
  expect(lostSince(baselineOf(good), baselineOf(bad))).toEqual([
    'approve-an-inquiry was valid with 200',
    'approve-an-inquiry was valid with 404',
    'webhook inquiry.approved was valid',
  ]);
  expect(lostSince(baselineOf(bad), baselineOf(good))).toEqual([]);
  expect(reportOn(bad)).toContain('INVALID 200: /data is no object');
});

test('what has no route yet is not claimed, and what has no scenario has a reason', () => {
  const print = { ...approve, id: 'print-an-inquiry-pdf', name: 'get /inquiries/{inquiry-id}/print' };
  const coverage = coverageOf(
    findings([answered(200)], {
      operations: [approve, print],
      built: new Set(),
      webhooks: ['report/profile.ready'],
      delivered: [],
    }),
  );
  expect(coverage.operations.map(({ kind }) => kind)).toEqual(['not built', 'left out']);
  expect(coverage.webhooks).toEqual([
    { kind: 'left out', name: 'report/profile.ready', reason: 'there are no reports' },
  ]);
  expect(totalsOf(coverage).operations).toEqual({ all: 2, covered: 0, valid: 0 });
  expect(() => coverageOf(findings([], { operations: [{ ...print, id: 'x', path: '/moons' }] }))).toThrow(
    '/moons has neither a scenario nor a reason',
  );
  expect(() => coverageOf(findings([], { scenarios: {} }))).toThrow('is served without a scenario');
});

test('what a scenario does not say is brought about as for any operation', () => {
  const given = (status: number) => provocationsFor(approve, scenario, status);
  expect(given(400)).toHaveLength(3);
  expect(given(404)).toHaveLength(1);
  expect(given(409)).toHaveLength(1);
  expect(given(422)).toBe('It takes no value.');
  expect(given(503)).toEqual([]);
});
