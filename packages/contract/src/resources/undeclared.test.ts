import { expect, test } from 'vitest';
import type { Resource } from '../json.ts';
import { undeclaredIn, withoutUndeclared } from './undeclared.ts';

const declared: Resource = {
  type: 'account',
  id: 'act_1',
  attributes: { 'reference-id': 'user-1', tags: [] },
  relationships: { 'account-type': { data: { type: 'account-type', id: 'acttp_1' } } },
};

function withMore(attributes: object, relationships: object = {}): Resource {
  return {
    ...declared,
    attributes: { ...declared.attributes, ...attributes },
    relationships: { ...declared.relationships, ...relationships },
  };
}

test('nothing is found in a resource that shows what its type declares', () => {
  expect(undeclaredIn(declared)).toEqual([]);
  expect(withoutUndeclared(declared)).toBe(declared);
});

test('whatever its type does not declare is found, and taken away without touching the rest', () => {
  const cases: [Resource, string[]][] = [
    [withMore({ shoe: 44 }), ['/attributes/shoe']],
    [withMore({ constructor: 1 }), ['/attributes/constructor']],
    [withMore({}, { friend: { data: null } }), ['/relationships/friend']],
    [withMore({ a: 1 }, { b: { data: [] } }), ['/attributes/a', '/relationships/b']],
    [withMore({}, { toString: { data: null } }), ['/relationships/toString']],
  ];
  for (const [resource, pointers] of cases) {
    expect(undeclaredIn(resource)).toEqual(pointers);
    expect(withoutUndeclared(resource)).toEqual(declared);
  }
});

test('a relationship to a type that is not declared for it is found, one or many', () => {
  const to = (type: string) => ({ type, id: 'x' });
  expect(undeclaredIn(withMore({}, { 'account-type': { data: to('inquiry') } }))).toEqual([
    '/relationships/account-type',
  ]);
  const inquiry = (data: Resource['attributes']['data']): Resource => ({
    type: 'inquiry',
    id: 'inq_1',
    attributes: {},
    relationships: { sessions: { data: data ?? null } },
  });
  expect(undeclaredIn(inquiry([to('inquiry-session')]))).toEqual([]);
  expect(undeclaredIn(inquiry([to('inquiry-session'), to('account')]))).toEqual(['/relationships/sessions']);
});

test('a resource of a type that is not declared is no resource', () => {
  expect(undeclaredIn({ ...declared, type: 'case' })).toEqual(['/type']);
  expect(undeclaredIn({ ...declared, type: '__proto__' })).toEqual(['/type']);
  expect(withoutUndeclared({ ...declared, type: 'case' })).toBeUndefined();
});
