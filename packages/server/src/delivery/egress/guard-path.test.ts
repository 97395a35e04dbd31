import { describe, expect, test } from 'vitest';
import { parseCidrs } from '../../cidr.ts';
import type { EgressPolicy } from './guard.ts';
import { createResolver } from './resolver.ts';
import { httpReceiver, type TestReceiver } from './testing/receivers.ts';
import { postTo, testTransport, withHost } from './testing/posting.ts';
import { webhookUrlProblem } from './url.ts';

const strict: EgressPolicy = { allowedCidrs: [], allowLoopback: false };

/** 127.0.0.2 is the receiver; all else on loopback, where the canary sits, is refused. */
function onlyReceiver(): EgressPolicy {
  const list = parseCidrs('127.0.0.2');
  if ('problem' in list) throw new Error(list.problem);
  return { allowedCidrs: list.cidrs, allowLoopback: false };
}

/** Listens on every address, and notes on which of them each request came. */
async function receiverWithCanary(closes: boolean): Promise<{ receiver: TestReceiver; reached: string[] }> {
  const reached: string[] = [];
  const receiver = await httpReceiver((request, response) => {
    reached.push(request.socket.localAddress ?? '');
    if (closes) response.setHeader('Connection', 'close');
    response.end();
  });
  return { receiver, reached };
}

function rebinding(...answers: readonly (readonly string[])[]) {
  let asked = 0;
  return {
    resolve: () => Promise.resolve(answers[asked++ % answers.length] ?? []),
    asked: () => asked,
  };
}

describe('a name that changes its address', () => {
  test('is asked once a connection, and each answer is checked by itself', async () => {
    const { receiver, reached } = await receiverWithCanary(true);
    const { resolve, asked } = rebinding(['127.0.0.2'], ['127.0.0.1']);
    const transport = testTransport({ policy: onlyReceiver(), resolve });
    const url = withHost(receiver.url, 'rebinding.test');
    const ends: string[] = [];
    for (let index = 0; index < 20; index++) {
      const outcome = await transport.post(postTo(url));
      ends.push(outcome.kind === 'failed' ? outcome.cause : outcome.kind);
    }
    expect(ends).toEqual(Array.from({ length: 10 }, () => ['answered', 'address_refused']).flat());
    expect(asked()).toBe(20);
    expect(reached).toEqual(Array(10).fill('127.0.0.2'));
  });

  test('does not move a connection that is kept', async () => {
    const { receiver, reached } = await receiverWithCanary(false);
    const { resolve, asked } = rebinding(['127.0.0.2'], ['127.0.0.1']);
    const transport = testTransport({ policy: onlyReceiver(), resolve });
    const url = withHost(receiver.url, 'rebinding.test');
    for (let index = 0; index < 10; index++)
      expect(await transport.post(postTo(url))).toMatchObject({ kind: 'answered' });
    expect(asked()).toBe(1);
    expect(reached).toEqual(Array(10).fill('127.0.0.2'));
    expect(receiver.sockets).toHaveLength(1);
  });

  test('while many connections are opened at once never gets one of them to the canary', async () => {
    const { receiver, reached } = await receiverWithCanary(true);
    let asked = 0;
    const resolve = async (): Promise<readonly string[]> => {
      const answer = asked++ % 3 === 0 ? ['127.0.0.2'] : ['127.0.0.2', '127.0.0.1'];
      await new Promise((later) => setImmediate(later));
      return answer;
    };
    const transport = testTransport({ policy: onlyReceiver(), resolve });
    const url = withHost(receiver.url, 'rebinding.test');
    const ends: string[] = [];
    for (let wave = 0; wave < 12; wave++) {
      const posts = Array.from({ length: 6 }, (_, index) =>
        transport.post(postTo(url, { key: `k${String(index)}` })),
      );
      for (const outcome of await Promise.all(posts))
        ends.push(outcome.kind === 'failed' ? outcome.cause : outcome.kind);
    }
    expect(new Set(ends)).toEqual(new Set(['answered', 'address_refused']));
    expect(new Set(reached)).toEqual(new Set(['127.0.0.2']));
  });

  test.each([
    [['127.0.0.2', '127.0.0.1']],
    [['127.0.0.1', '127.0.0.2']],
    [['127.0.0.2', '::1']],
    [['127.0.0.2', '::ffff:127.0.0.1']],
    [['127.0.0.2', '64:ff9b::7f00:1']],
    [['127.0.0.2', 'fe80::1%lo']],
    [['127.0.0.2', '0.0.0.0']],
    [['127.0.0.2', 'not an address']],
  ])('is refused whole where it has a good and a bad address: %j', async (addresses) => {
    const { receiver } = await receiverWithCanary(true);
    const transport = testTransport({ policy: onlyReceiver(), resolve: () => Promise.resolve(addresses) });
    expect(await transport.post(postTo(withHost(receiver.url, 'mixed.test')))).toMatchObject({
      stage: 'guard',
      cause: 'address_refused',
    });
    expect(receiver.sockets).toHaveLength(0);
  });
});

test.each([300, 301, 302, 303, 307, 308])(
  'a redirect by %i to another server is not followed',
  async (status) => {
    const canary = await httpReceiver((_request, response) => response.end());
    const methods: (string | undefined)[] = [];
    const receiver = await httpReceiver((request, response) => {
      methods.push(request.method);
      response
        .writeHead(status, { Location: canary.url.href, Refresh: `0; url=${canary.url.href}` })
        .end('moved');
    });
    const outcome = await testTransport().post(postTo(receiver.url));
    expect(outcome).toMatchObject({ kind: 'answered', status, answer: 'moved' });
    expect(methods).toEqual(['POST']);
    expect(canary.sockets).toHaveLength(0);
  },
);

describe('a host that is loopback, however it is spelt', () => {
  const spellings = [
    ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0X7F.1', '0x7f.0x0.0x0.0x1'],
    ...['0177.0.0.1', '017700000001', '00000177.1', '127.0.0.1.', '%31%32%37.1', '127.0.0.%31'],
    ...['①②⑦.0.0.1', '１２７．０．０．１', '127。0。0。1', '127.0.0.1%2e', '２１３０７０６４３３'],
    ...['localhost', 'LOCALHOST', 'localhost.', 'loc%61lhost', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'LocalHost%2E'],
    ...['[::1]', '[::ffff:127.0.0.1]', '[::FFFF:7F00:1]', '[0:0:0:0:0:ffff:7f00:0001]', '[0000::0001]'],
  ];

  test.each(spellings)('%s: refused by the check of the URL and again by the connection', async (host) => {
    const canary = await httpReceiver((_request, response) => response.end());
    const url = `http://${host}:${canary.url.port}/hooks`;
    const rules = { ...strict, production: false };
    expect(webhookUrlProblem(url, rules)).toContain('not allowed: loopback');
    const resolve = createResolver({ system: () => Promise.resolve(['127.0.0.1']) });
    expect(await testTransport({ policy: strict, resolve }).post(postTo(new URL(url)))).toMatchObject({
      stage: 'guard',
      cause: 'address_refused',
    });
    expect(canary.sockets).toHaveLength(0);
  });

  test.each(spellings.filter((host) => !host.startsWith('[::1') && !host.startsWith('[0000')))(
    '%s: it would have been reached',
    async (host) => {
      const canary = await httpReceiver((_request, response) => response.end());
      const resolve = createResolver({ system: () => Promise.resolve(['127.0.0.1']) });
      const url = new URL(`http://${host}:${canary.url.port}/hooks`);
      expect(await testTransport({ resolve }).post(postTo(url))).toMatchObject({ kind: 'answered' });
    },
  );

  test.each([
    '[::1%25lo]',
    '[fe80::1%lo]',
    '[::ffff:127.1]',
    '0x7f.0.0.0.1',
    '256.0.0.1',
    '127.0.0.1..',
    '[127.0.0.1]',
  ])('%s: no URL at all, or refused', (host) => {
    const problem = webhookUrlProblem(`http://${host}:8080/`, { ...strict, production: false });
    expect(problem).toBeDefined();
  });
});

describe('what else a URL can hold', () => {
  test.each([
    'http://user@127.0.0.1:8080/',
    'http://:secret@127.0.0.1:8080/',
    'http://8.8.8.8@127.0.0.1:8080/',
  ])('%s: user information is refused by the connection, too', async (url) => {
    expect(await testTransport().post(postTo(new URL(url)))).toMatchObject({
      stage: 'guard',
      cause: 'user_info_refused',
    });
  });

  test.each([0, 1, 22, 25, 53, 79, 81, 442, 444, 587, 993, 1023])('port %i is refused', async (port) => {
    const url = new URL(`http://127.0.0.1:${String(port)}/`);
    expect(await testTransport().post(postTo(url))).toMatchObject({ stage: 'guard', cause: 'port_refused' });
  });

  test.each(['ftp', 'file', 'gopher', 'ws', 'unix'])('the scheme %s is refused', async (scheme) => {
    const url = new URL(`${scheme}://127.0.0.1/`);
    expect(await testTransport().post(postTo(url))).toMatchObject({
      stage: 'guard',
      cause: 'scheme_refused',
    });
  });
});
