import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { canBeEnabled, eventNames, isCustomEventName } from './event-names.ts';

const beside = new URL('../../../../shared/persona-openapi/2025-12-08.json', import.meta.url);
const path = process.env['PERSONA_OPENAPI'] ?? fileURLToPath(beside);
const hasDocument = existsSync(path);

describe.skipIf(!hasDocument)(`Persona's document${hasDocument ? '' : ' (skipped: it is not here)'}`, () => {
  const read = () => JSON.parse(readFileSync(path, 'utf8'));

  test('lets a webhook enable exactly the events that the contract knows', () => {
    const { items } = read().components.schemas['webhook-request-attributes'].properties['enabled-events'];
    const names: string[] = items.enum.filter((name: string) => name !== '*');
    expect([...eventNames].toSorted()).toEqual(names.toSorted());
  });

  test('describes no event that the contract does not know', () => {
    expect(Object.keys(read().webhooks).filter((name) => !eventNames.has(name))).toEqual([]);
  });
});

test('an event is named after its resource and what happened to it', () => {
  for (const name of eventNames) expect(name).toMatch(/^[a-z]+(?:[-/_][a-z]+)*\.[a-z]+(?:-[a-z]+)*$/);
});

test.for([
  ['*', true],
  ['inquiry.approved', true],
  ['report/watchlist.matched', true],
  ['custom.order.paid', true],
  ['inquiry.aproved', false],
  ['inquiry.*', false],
  ['Inquiry.approved', false],
  ['inquiry', false],
  ['', false],
  ['constructor', false],
] as const)('%s can be enabled: %s', ([name, expected]) => {
  expect(canBeEnabled(name)).toBe(expected);
});

test.for([
  ['custom.a', true],
  ['custom.order.paid-in-full', true],
  ['custom.a.b.c.d', true],
  [`custom.${'a'.repeat(121)}`, true],
  [`custom.${'a'.repeat(122)}`, false],
  ['custom', false],
  ['custom.', false],
  ['custom.a.b.c.d.e', false],
  ['custom.Order', false],
  ['custom.a--b', false],
  ['custom.-a', false],
  ['custom.a\n', false],
  ['other.a', false],
] as const)('%s is a name for an operator’s own event: %s', ([name, expected]) => {
  expect(isCustomEventName(name)).toBe(expected);
});
