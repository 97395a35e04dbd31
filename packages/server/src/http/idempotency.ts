import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { joinedDatabase } from '../db/joined-database.ts';
import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import {
  findKeptAnswer,
  insertKeptAnswer,
  tryLockKey,
  type KeptAnswerRow,
  type KeyOfClient,
} from '../db/queries/idempotency-keys.ts';
import { findPersonKeys } from '../db/queries/person-keys.ts';
import type { SealingKey } from '../privacy/envelope.ts';
import { sealAnswer, unsealAnswer } from '../privacy/seal-answer.ts';
import { Refusal } from '../refusal.ts';

const keptMs = 86_400_000;

/** An answer as it goes over the wire. */
export interface SentAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  /** Whose personal values it may show. */
  readonly persons: readonly string[];
  /** It was given before, and is given again. */
  readonly isReplay?: true;
}

/** A request that is carried out once. */
export interface KeyedRequest {
  readonly apiKey: Pick<ApiKeyRow, 'id' | 'environmentId' | 'disclosedAttributes' | 'attributesBlocklist'>;
  /** The header `Idempotency-Key`. */
  readonly key: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: Buffer;
}

/** Reads the header. Throws `bad_request` where it cannot be a key. */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(header)) return header;
  throw new Refusal('bad_request', {
    details: 'Idempotency-Key must have 1 to 255 printable ASCII characters.',
  });
}

/**
 * Carries out a request, or repeats the answer that it got before. What it changes, its events, their deliveries and
 * the answer are committed together: after a crash there is all of it or nothing. A refusal is kept as an answer and
 * leaves nothing else; what throws otherwise is not kept.
 */
export function answerOnce(
  ctx: Context,
  request: KeyedRequest,
  work: (ctx: Context) => Promise<SentAnswer>,
  toAnswer: (refusal: Refusal) => SentAnswer,
): Promise<SentAnswer> {
  const { environmentId } = request.apiKey;
  const keyIndex = ctx.vault.blindIndex(environmentId, `idempotency-key\0${request.key}`);
  const key = { environmentId, keyIndex };
  const requestIndex = ctx.vault.blindIndex(environmentId, `request\0${fingerprint(request)}`);
  return ctx.db.transaction(async (tx) => {
    if (!(await tryLockKey(tx, key))) {
      throw new Refusal('conflict', {
        details: 'The first request with this Idempotency-Key is still being carried out.',
      });
    }
    const now = new Date(ctx.clock.nowMs());
    const kept = await findKeptAnswer(tx, key, now);
    if (kept !== undefined) return repeat(ctx, tx, key, kept, requestIndex);
    const answer = await carryOut(ctx, tx, work, toAnswer);
    const keys = await personKeys(ctx, tx, environmentId, answer.persons);
    await insertKeptAnswer(tx, key, {
      requestIndex,
      status: answer.status,
      sealed: sealAnswer(ctx.vault, placeOf(key), answer.body, [...keys.values()]),
      sealedFor: [...keys.keys()],
      expiresAt: new Date(now.getTime() + keptMs),
    });
    return answer;
  });
}

/** The API key is part of it, and what it may see: another one may see less, and so may the same one later. */
function fingerprint({ apiKey, method, path, body }: KeyedRequest): string {
  const digest = createHash('sha256').update(body).digest('hex');
  const sight = JSON.stringify([apiKey.disclosedAttributes, apiKey.attributesBlocklist]);
  return [apiKey.id, method, path, digest, sight].join('\n');
}

function placeOf({ environmentId, keyIndex }: KeyOfClient): string {
  return `idempotency_keys/${environmentId}/${keyIndex.toString('hex')}`;
}

async function carryOut(
  ctx: Context,
  tx: Transaction,
  work: (ctx: Context) => Promise<SentAnswer>,
  toAnswer: (refusal: Refusal) => SentAnswer,
): Promise<SentAnswer> {
  try {
    // A savepoint of its own, so that a refusal undoes what was written before it and nothing else.
    return await joinedDatabase(tx).transaction((inner) =>
      work({ ...ctx, db: joinedDatabase(inner), customEvents: ctx.customEvents.within(inner) }),
    );
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    const answer = toAnswer(cause);
    // 429 says nothing of the request: it is to be sent again, with the same key.
    if (answer.status >= 500 || answer.status === 429) throw cause;
    return answer;
  }
}

async function repeat(
  ctx: Context,
  tx: Transaction,
  key: KeyOfClient,
  kept: KeptAnswerRow,
  requestIndex: Buffer,
): Promise<SentAnswer> {
  if (!kept.requestIndex.equals(requestIndex)) {
    throw new Refusal('conflict', {
      details:
        'This Idempotency-Key was used for another request: path, body, API key or what that may see differ.',
    });
  }
  const keys = await personKeys(ctx, tx, key.environmentId, kept.sealedFor);
  if (keys.size < kept.sealedFor.length) {
    throw new Refusal('conflict', {
      details: 'The request was carried out; its answer showed what has been redacted since, and is gone.',
    });
  }
  const body = unsealAnswer(ctx.vault, placeOf(key), kept.sealed, [...keys.values()]);
  return { status: kept.status, body, persons: kept.sealedFor, isReplay: true };
}

/** In the order of `persons`; whoever was redacted is missing. */
async function personKeys(
  { vault }: Context,
  tx: Transaction,
  environmentId: string,
  persons: readonly string[],
): Promise<ReadonlyMap<string, SealingKey>> {
  if (persons.length === 0) return new Map();
  const wrapped = await findPersonKeys(tx, environmentId, persons);
  return new Map(
    persons.flatMap((id) => {
      const bytes = wrapped.get(id);
      return bytes === undefined ? [] : [[id, vault.unwrapPersonKey(environmentId, id, bytes)] as const];
    }),
  );
}
