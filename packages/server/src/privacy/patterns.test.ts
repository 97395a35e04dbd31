import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey, canonicalType } from './canonical-key.ts';
import { compilePatterns, isExempt, isNamed, patternProblem, type Place } from './patterns.ts';

function place(path: string, type = 'inquiry', root: Place['root'] = 'data'): Place {
  return { root, type: canonicalType(type), path: path.split('/').map(canonicalKey) };
}

function names(pattern: string, where: Place): boolean {
  return isNamed(compilePatterns([pattern]), where);
}

describe('a simple pattern', () => {
  it('names a key on any object at any depth', () => {
    expect(names('birthdate', place('birthdate'))).toBe(true);
    expect(names('birthdate', place('fields/birthdate', 'case', 'included'))).toBe(true);
    expect(names('birthdate', place('birthdate/value'))).toBe(false);
    expect(names('birthdate', place('birthdates'))).toBe(false);
  });

  it('takes a star for any characters', () => {
    expect(names('name-*', place('fields/name-first'))).toBe(true);
    expect(names('name-*', place('native-name-first'))).toBe(false);
    expect(names('*-photo-*', place('front-photo-url'))).toBe(true);
    expect(names('*', place('anything'))).toBe(true);
  });

  it.each(['email-address', 'emailAddress', 'email_address', 'EmailAddress'])(
    'written %s names the key in every inflection',
    (pattern) => {
      for (const key of ['email-address', 'emailAddress', 'email_address']) {
        expect(names(pattern, place(key))).toBe(true);
      }
    },
  );

  it('begins a word at a capital behind a star, as camel case does', () => {
    expect(names('*Url', place('front-photo-url'))).toBe(true);
    expect(names('*Url', place('curl'))).toBe(false);
    expect(names('*url', place('curl'))).toBe(true);
  });

  it('finds numbered keys in every inflection', () => {
    for (const pattern of [
      'address-street-1',
      'addressStreet1',
      'address_street_1',
      'addressStreet*',
      '*Street1',
    ]) {
      expect(names(pattern, place('address-street-1'))).toBe(true);
      expect(names(pattern, place('addressStreet1'))).toBe(true);
    }
    expect(names('addressStreet1', place('address-street-2'))).toBe(false);
  });

  it('may be limited to one type', () => {
    expect(names('birthdate?type=inquiry', place('birthdate'))).toBe(true);
    expect(names('birthdate?type=inquiry', place('birthdate', 'account'))).toBe(false);
  });
});

describe('a path pattern', () => {
  it('names one depth only', () => {
    const pattern = '/data/attributes/fields/name-*';
    expect(names(pattern, place('fields/name-first'))).toBe(true);
    expect(names(pattern, place('name-first'))).toBe(false);
    expect(names(pattern, place('fields'))).toBe(false);
    expect(names(pattern, place('fields/name-first/value'))).toBe(false);
    expect(names(pattern, place('fields/name-first', 'inquiry', 'included'))).toBe(false);
  });

  it('reaches data and included through a star', () => {
    const pattern = '/*/attributes/fields/phone-number';
    expect(names(pattern, place('fields/phone-number'))).toBe(true);
    expect(names(pattern, place('fields/phone-number', 'account', 'included'))).toBe(true);
  });

  it('has stars that end at their segment', () => {
    expect(names('/data/attributes/*', place('fields'))).toBe(true);
    expect(names('/data/attributes/*', place('fields/birthdate'))).toBe(false);
    expect(names('/data/attributes/*/birthdate', place('fields/birthdate'))).toBe(true);
  });

  it('matches its type exactly, in any inflection', () => {
    const pattern = '/included/attributes/birthdate?type=verification/governmentId';
    expect(names(pattern, place('birthdate', 'verification/government-id', 'included'))).toBe(true);
    expect(names('birthdate?type=verification', place('birthdate', 'verification/government-id'))).toBe(
      false,
    );
  });
});

describe('an exemption', () => {
  it('names nothing by itself', () => {
    const patterns = compilePatterns(['!birthdate', '!/data/attributes/fields']);
    expect(patterns.isEmpty).toBe(true);
    expect(isNamed(patterns, place('birthdate'))).toBe(false);
    expect(isExempt(patterns, place('birthdate'))).toBe(true);
    expect(isExempt(patterns, place('fields'))).toBe(true);
    expect(isExempt(patterns, place('fields/name-first'))).toBe(false);
  });
});

describe('a pattern with a fault', () => {
  it.each([
    ['', 'is empty'],
    ['!', 'is empty'],
    ['!!name', 'more than one `!`'],
    [' name', 'white space'],
    ['name first', 'white space'],
    ['na\u0000me', 'control character'],
    ['name-**', '`**`'],
    ['data/attributes/name', 'begins with `/`'],
    ['/attributes/name', 'begins with `/data`'],
    ['/meta/attributes/name', 'begins with `/data`'],
    ['/data/name', 'second segment'],
    ['/data/attributes', 'goes on after `attributes`'],
    ['/data//name', 'empty path segment'],
    ['/data/attributes/name/', 'empty path segment'],
    ['name?', 'after `?`'],
    ['name?type=', 'after `?`'],
    ['name?type=verification/*', 'after `?`'],
    ['name?type=a?type=b', 'after `?`'],
    ['?type=inquiry', 'names no attribute'],
    ['a'.repeat(257), 'longer than 256'],
  ])('%j is refused: %s', (pattern, why) => {
    expect(patternProblem(pattern)).toContain(why);
    expect(() => compilePatterns([pattern])).toThrow(why);
  });

  it('is quoted, cut short, in the message', () => {
    expect(patternProblem('data/x')).toContain('"data/x"');
    expect(patternProblem('a'.repeat(5_000))?.length).toBeLessThan(200);
  });

  it.each([
    'birthdate',
    'name-*',
    '*',
    '!*',
    '/*/attributes/a',
    '/data/attributes/*?type=report/watchlist',
    'é',
  ])('%j is none', (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });

  it('is told by a sentence or compiles, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('/', '*', '!', '?', 'type=', 'data', 'a')).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (pattern) => {
        if (patternProblem(pattern) === undefined) compilePatterns([pattern]);
        else expect(() => compilePatterns([pattern])).toThrow();
      }),
    );
  });
});

describe('matching', () => {
  it('agrees with a regular expression', () => {
    const letters = fc
      .array(fc.constantFrom('a', 'b', '-'), { maxLength: 12 })
      .map((parts) => parts.join(''));
    const pattern = fc
      .array(fc.constantFrom('a', 'b', '-', '*'), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join(''))
      .filter((text) => !text.includes('**'));
    fc.assert(
      fc.property(pattern, letters, (text, key) => {
        const expected = new RegExp(`^${text.replaceAll('*', '.*')}$`).test(key);
        expect(names(text, place(key))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes linear time, however hostile the pattern and the key', () => {
    const patterns = compilePatterns([
      '*a'.repeat(127) + '*b',
      'a*'.repeat(128),
      '*' + 'a'.repeat(200) + 'b*',
    ]);
    const started = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) isNamed(patterns, place(`${'a'.repeat(60_000)}c`));
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
