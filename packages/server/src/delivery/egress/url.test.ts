import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { webhookUrlProblem, type UrlRules } from './url.ts';

const sandbox: UrlRules = { production: false, allowLoopback: false, allowedCidrs: [] };
const production: UrlRules = { ...sandbox, production: true };
const development: UrlRules = { ...sandbox, allowLoopback: true };

describe('the URL of a webhook', () => {
  test.each([
    'https://example.com/hooks?a=b',
    'http://example.com',
    'https://example.com.:8443/',
    'https://xn--bcher-kva.example/',
    'https://bücher.example/',
    'http://example.com:8080/',
    'https://example.com:65535/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'HTTPS://EXAMPLE.COM/',
  ])('can be %s', (url) => expect(webhookUrlProblem(url, sandbox)).toBeUndefined());

  test.each([
    ['', 'absolute'],
    ['/hooks', 'absolute'],
    ['example.com', 'absolute'],
    ['https:example.com', 'absolute'],
    ['ftp://example.com/', 'absolute'],
    ['javascript://example.com/', 'absolute'],
    ['https://', 'absolute'],
    ['https://exa\nmple.com/', 'control character'],
    [' https://example.com/', 'space'],
    ['https://user@example.com/', 'user name'],
    ['https://:secret@example.com/', 'user name'],
    ['https://example.com/#part', 'fragment'],
    ['https://example.com/#', 'fragment'],
    ['https://example.com:22/', 'port 22'],
    ['https://example.com:0/', 'port 0'],
    ['https://example.com:1023/', 'port 1023'],
    [`https://example.com/${'a'.repeat(2030)}`, 'longer'],
    [`https://example.com/${'é'.repeat(700)}`, 'percent-encoded'],
  ])('cannot be %j', (url, problem) => expect(webhookUrlProblem(url, sandbox)).toContain(problem));

  test('must be https in production', () => {
    expect(webhookUrlProblem('http://example.com/', production)).toContain('https');
    expect(webhookUrlProblem('https://example.com/', production)).toBeUndefined();
  });
});

describe('a host that is an address', () => {
  test.each([
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '%31%32%37.0.0.1'],
    ...['[::1]', '[::ffff:127.0.0.1]', '[0:0:0:0:0:ffff:7f00:1]', '[64:ff9b::7f00:1]', '１２７.0.0.1'],
    ...['localhost', 'LOCALHOST', 'localhost.', 'hooks.localhost', 'a.b.localhost.'],
  ])('%s is loopback: refused, unless it is allowed', (host) => {
    expect(webhookUrlProblem(`https://${host}/`, sandbox)).toContain('loopback');
    expect(webhookUrlProblem(`https://${host}/`, development)).toBeUndefined();
  });

  test.each([
    '10.0.0.1',
    '169.254.169.254',
    '192.168.1.1',
    '0.0.0.0',
    '[fd00::1]',
    '[fe80::1]',
    '3232235777',
  ])('%s is refused, also where loopback is allowed', (host) =>
    expect(webhookUrlProblem(`https://${host}/`, development)).toContain('is not allowed'),
  );

  test.each(['localhost.example.com', 'notlocalhost', 'localhost.com'])('%s is an ordinary name', (host) => {
    expect(webhookUrlProblem(`https://${host}/`, sandbox)).toBeUndefined();
  });
});

test('no text makes it throw, and what it accepts is a URL', () => {
  const parts = [
    'http',
    'https',
    '://',
    '@',
    ':',
    '/',
    '#',
    '?',
    '[',
    ']',
    '%31',
    '127.1',
    '0x7f',
    'a.b',
    '.',
    '::1',
    '80',
  ];
  const text = fc
    .array(fc.constantFrom(...parts), { maxLength: 8 })
    .map((found) => `https://${found.join('')}`);
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (url) => {
      if (webhookUrlProblem(url, sandbox) === undefined) expect(URL.canParse(url)).toBe(true);
    }),
  );
});
