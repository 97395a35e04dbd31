/* eslint-disable @typescript-eslint/require-await -- async makes a throw the rejection that the interface promises */

/**
 * Remembers which events were handled. The same event may be delivered more than once, also at the same moment.
 *
 * `claim` is atomic: of any number of callers with the same id, in any number of processes, one gets `claimed`. Its
 * holder does the work and then says `done`, or `release` when the work failed, so that the sender's retry is handled
 * and not taken for a duplicate. A claim whose holder died must become claimable again after a time.
 *
 * {@link memoryDeduplicator} forgets when the process ends and is not shared. For a durable one, a table is enough:
 *
 * ```sql
 * create table received_events (event_id text primary key, claim uuid, claimed_until timestamptz, handled_at timestamptz);
 *
 * -- claim: a row comes back when this caller holds the claim; otherwise handled_at tells duplicate from in_progress
 * insert into received_events (event_id, claim, claimed_until) values ($1, $2, now() + interval '5 minutes')
 * on conflict (event_id) do update set claim = $2, claimed_until = excluded.claimed_until
 *   where received_events.handled_at is null and received_events.claimed_until < now()
 * returning claim;
 *
 * -- done: in the transaction that stores the effect, so that both are kept or neither
 * update received_events set handled_at = now() where event_id = $1 and claim = $2;
 *
 * -- release
 * delete from received_events where event_id = $1 and claim = $2 and handled_at is null;
 * ```
 *
 * Keep handled ids for at least as long as the sender retries: 5.2 days with the default policy.
 */
export interface Deduplicator {
  claim(eventId: string): Promise<Claim>;
}

export type Claim =
  | ClaimHeld
  /** Handled before: answer with success and do nothing. */
  | { readonly state: 'duplicate' }
  /** Somebody is at it: answer with an error, because that handler may still fail and then the retry is needed. */
  | { readonly state: 'in_progress' };

export interface ClaimHeld {
  readonly state: 'claimed';
  /** The work is done; later deliveries of this event are duplicates. */
  done(): Promise<void>;
  /** The work failed; the next delivery of this event may be claimed. */
  release(): Promise<void>;
}

export interface MemoryDeduplicatorOptions {
  /** How long a handled event is remembered. Default 7 days. */
  readonly rememberMs?: number | undefined;
  /** How long a claim is held when neither `done` nor `release` is called. Default 5 minutes. */
  readonly claimMs?: number | undefined;
  /**
   * At most so many handled events are remembered (the one handled longest ago is forgotten first), and at most so many
   * claims are held at a time (a further claim is rejected). Default 100,000, about 20 MB.
   */
  readonly maxEntries?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** A deduplicator for one process, bounded in time and in memory. */
export function memoryDeduplicator(options: MemoryDeduplicatorOptions = {}): Deduplicator {
  const { rememberMs = 7 * 86_400_000, claimMs = 300_000, maxEntries = 100_000, now = Date.now } = options;
  // Every entry of a map lives equally long, so insertion order is the order in which entries end.
  const handledUntil = new Map<string, number>();
  const claims = new Map<string, { readonly untilMs: number }>();

  function claim(eventId: string): Claim {
    dropEnded(handledUntil, (untilMs) => untilMs <= now());
    dropEnded(claims, ({ untilMs }) => untilMs <= now());
    if (handledUntil.has(eventId)) return { state: 'duplicate' };
    if (claims.has(eventId)) return { state: 'in_progress' };
    if (claims.size >= maxEntries) throw new Error(`All ${maxEntries} claims of the deduplicator are held.`);
    return hold(eventId);
  }

  function hold(eventId: string): ClaimHeld {
    const held = { untilMs: now() + claimMs };
    claims.set(eventId, held);
    // A holder whose claim has ended may not end the claim of the one who came after it.
    const isOvertaken = () => (claims.get(eventId) ?? held) !== held;
    return {
      state: 'claimed',
      done: async () => {
        if (isOvertaken()) return;
        claims.delete(eventId);
        remember(eventId);
      },
      release: async () => {
        if (!isOvertaken()) claims.delete(eventId);
      },
    };
  }

  function remember(eventId: string): void {
    handledUntil.delete(eventId);
    handledUntil.set(eventId, now() + rememberMs);
    const [oldest] = handledUntil.keys();
    if (handledUntil.size > maxEntries && oldest !== undefined) handledUntil.delete(oldest);
  }

  return { claim: async (eventId) => claim(eventId) };
}

function dropEnded<Entry>(entries: Map<string, Entry>, hasEnded: (entry: Entry) => boolean): void {
  for (const [key, entry] of entries) {
    if (!hasEnded(entry)) return;
    entries.delete(key);
  }
}
