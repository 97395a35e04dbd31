import { describe, expect, it } from 'vitest';
import type { Document } from '../privacy/document.ts';
import { applyIncludedAllowlist, applyRelationshipAllowlist, type IncludedAllowlist } from './allowlists.ts';

const document: Document = {
  data: {
    type: 'inquiry',
    id: 'inq_1',
    attributes: {},
    relationships: {
      account: { data: { type: 'account', id: 'act_1' } },
      'inquiry-template': { data: { type: 'inquiry-template', id: 'itmpl_1' } },
      template: { data: null },
      verifications: {
        data: [
          { type: 'verification/government-id', id: 'ver_1' },
          { type: 'verification/selfie', id: 'ver_2' },
        ],
      },
    },
  },
  included: [
    { type: 'account', id: 'act_1', attributes: {} },
    { type: 'inquiry-template', id: 'itmpl_1', attributes: {} },
    {
      type: 'verification/government-id',
      id: 'ver_1',
      attributes: {},
      relationships: { inquiry: { data: null } },
    },
    { type: 'verification/selfie', id: 'ver_2', attributes: {} },
    { type: 'template', id: 'ver_2', attributes: {} },
  ],
};

function custom(eventType: string, ...relationships: string[]): IncludedAllowlist {
  return { state: 'custom', 'event-types': [{ 'event-type': eventType, relationships }] };
}

function includedWith(allowlist: IncludedAllowlist, of = document): readonly string[] {
  return applyIncludedAllowlist(of, allowlist).included.map(({ type }) => type);
}

describe('the included allowlist', () => {
  it('includes all, returning the document itself, or none', () => {
    expect(applyIncludedAllowlist(document, { state: 'include_all' })).toBe(document);
    expect(applyIncludedAllowlist(document, custom('inquiry', '*'))).toBe(document);
    expect(includedWith({ state: 'include_none' })).toEqual([]);
  });

  it('includes what the listed relationships of data point at', () => {
    expect(includedWith(custom('inquiry', 'verifications'))).toEqual([
      'verification/government-id',
      'verification/selfie',
    ]);
    expect(includedWith(custom('inquiry', 'account', 'inquiry_template', 'template'))).toEqual([
      'account',
      'inquiry-template',
    ]);
    expect(includedWith(custom('inquiry', 'documents'))).toEqual([]);
  });

  it('includes nothing for a type that is not listed', () => {
    expect(includedWith(custom('account', '*'))).toEqual([]);
  });

  it('knows a resource by the name before its type', () => {
    const verification: Document = { ...document, data: { ...document.data, type: 'verification/selfie' } };
    expect(includedWith(custom('verification', 'account'), verification)).toEqual(['account']);
    expect(includedWith(custom('verification/selfie', 'account'), verification)).toEqual(['account']);
  });
});

describe('the relationship allowlist', () => {
  it('keeps all, returning the document itself, or takes all away', () => {
    expect(applyRelationshipAllowlist(document, { state: 'include_all' })).toBe(document);
    const result = applyRelationshipAllowlist(document, { state: 'include_none' });
    expect(JSON.stringify(result)).not.toContain('relationships');
    expect(result.included).toHaveLength(5);
    expect(result.included[0]).toBe(document.included[0]);
  });
});
