import type { PersonaValidator } from '@credence/server/internals/testing/persona-openapi';
import { ask, refusalOf, type ApiAnswer, type ApiRequest, type Exchange } from './exchange.ts';
import { openMailbox, type Mailbox } from './mailbox.ts';
import { Makers } from './makers.ts';
import { startUnderTest, type Key, type Premises } from './server.ts';
import type { Caller } from './scenario.ts';
import { templateIdsOf } from './template-ids.ts';

/** A server with keys and two webhooks that get every event: to one nothing personal is disclosed, to the other all. */
export interface World extends AsyncDisposable {
  readonly url: string;
  readonly validator: PersonaValidator;
  readonly makers: Makers;
  readonly mailbox: Mailbox;
  /** By the box that it delivers to. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Everything that was said and checked. */
  readonly exchanges: Exchange[];
  /** Sends, and keeps what the document says of the answer. */
  exchange(caller: AnyCaller, request: ApiRequest, wanted?: number): Promise<ApiAnswer>;
}

export type AnyCaller = Caller | 'powerless' | 'nobody';

export async function startWorld(validator: PersonaValidator, premises: Premises): Promise<World> {
  const mailbox = await openMailbox();
  const server = await startUnderTest(premises, { CREDENCE_API_RATE_LIMIT: '1000000' });
  const { url } = server.running;
  const keys: Readonly<Record<AnyCaller, Key | undefined>> = {
    plain: await server.makeKey({ kind: 'sandbox' }),
    disclosing: await server.makeKey({ kind: 'sandbox', disclosed: ['*'] }),
    production: await server.makeKey({ kind: 'production' }),
    powerless: await server.makeKey({ kind: 'sandbox', permissions: [] }),
    nobody: undefined,
  };
  const exchanges: Exchange[] = [];
  const exchange: World['exchange'] = async (caller, request, wanted) => {
    const answer = await ask(url, keys[caller]?.value, request);
    exchanges.push(judge(validator, request, answer, wanted));
    return answer;
  };
  const send = async (method: string, path: string, body?: unknown, caller: AnyCaller = 'plain') => {
    const answer = await exchange(caller, { method, path, ...(body !== undefined && { body }) });
    if (answer.status < 300) return answer.json;
    throw new Error(`${method} ${path} answered ${answer.status}: ${refusalOf(answer)}`);
  };
  const secrets = new Map<string, string>();
  for (const [box, disclosed] of [
    ['hidden', []],
    ['shown', ['*']],
  ] as const) {
    const attributes = {
      name: box,
      url: `${mailbox.url}${box}`,
      'enabled-events': ['*'],
      'disclosed-attributes': disclosed,
    };
    const { data } = await send('POST', '/webhooks', { data: { attributes } });
    await send('POST', `/webhooks/${data.id}/enable`);
    secrets.set(box, data.attributes.secret);
  }
  const keyIds = { plain: keys.plain?.id ?? '' };
  return {
    url,
    validator,
    mailbox,
    secrets,
    exchanges,
    exchange,
    makers: new Makers(send, templateIdsOf(server.running), keyIds),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await mailbox[Symbol.asyncDispose]();
    },
  };
}

/** What the document says of one answer, and, where it was a success that was wanted, of the request. */
export function judge(
  validator: PersonaValidator,
  { method, path, body }: ApiRequest,
  answer: ApiAnswer,
  wanted: number | undefined,
): Exchange {
  const isSuccess = wanted !== undefined && wanted < 300;
  const ofRequest = isSuccess && body !== undefined ? validator.requestProblems(method, path, body) : [];
  return {
    operation: validator.operationOf(method, path),
    wanted,
    status: answer.status,
    refusal: refusalOf(answer),
    problems: [
      ...ofRequest.map((problem) => `request ${problem}`),
      ...validator.answerProblems({ method, path, ...answer }),
    ],
  };
}
