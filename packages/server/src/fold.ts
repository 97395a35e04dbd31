/**
 * Group commit: folds what is ready into one batch, and starts the next batch when a commit returns. Under load the
 * batches grow by themselves; at rest one item waits for nothing, or for `gatherMs` where nobody waits for it.
 */
export interface Fold<Item, Result> {
  /** Resolves once the item's batch is committed; rejects when it cannot be. */
  add(item: Item): Promise<Result>;
  /** Resolves when all that was added has ended. */
  drain(): Promise<void>;
}

export interface FoldOptions<Item, Result> {
  /** Commits a batch whole. Returns one result for each item, in order; the next batch waits for none of them. */
  readonly commit: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>;
  /** Of what `sizeOf` counts; one item that is larger goes alone. */
  readonly maxBatch: number;
  /** One for each item, unless said otherwise. */
  readonly sizeOf?: (item: Item) => number;
  /** How long the first item of a batch waits for others. */
  readonly gatherMs?: number;
  /** Commits under way at once: with two, one is being written while the next is gathered. */
  readonly inFlight: number;
  /**
   * Of what `sizeOf` counts, so much must wait for another commit to start beside those under way; anything, unless
   * said otherwise. A few large commits cost less than many small ones.
   */
  readonly besideFrom?: number;
  /** Whether the batch failed of one of its items, so that halving it finds the bad one. */
  readonly isBadItem: (cause: unknown) => boolean;
  /** A batch of so many was committed, in so long. */
  readonly onCommit?: ((items: number, ms: number) => void) | undefined;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly size: number;
  readonly resolve: (result: Result | Promise<Result>) => void;
  readonly reject: (cause: unknown) => void;
}

export function createFold<Item, Result>(options: FoldOptions<Item, Result>): Fold<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let waitingSize = 0;
  let running = 0;
  let scheduled = false;
  let idle: (() => void)[] = [];

  const { sizeOf = () => 1, besideFrom = 0 } = options;

  const mayStart = (): boolean => {
    if (waiting.length === 0 || running >= options.inFlight) return false;
    return running === 0 || waitingSize >= besideFrom;
  };

  const countFitting = (): number => {
    let size = 0;
    const beyond = waiting.findIndex((one) => (size += one.size) > options.maxBatch);
    return beyond === -1 ? waiting.length : Math.max(1, beyond);
  };

  const start = (): void => {
    scheduled = false;
    while (mayStart()) {
      const batch = waiting.slice(0, countFitting());
      waiting = waiting.slice(batch.length);
      waitingSize = waiting.reduce((sum, { size }) => sum + size, 0);
      running += 1;
      void commitBatch(options, batch).finally(() => {
        running -= 1;
        schedule();
        if (running === 0 && waiting.length === 0) {
          for (const resolve of idle) resolve();
          idle = [];
        }
      });
    }
  };

  /** After this turn of the event loop at the earliest, so that what arrives together is folded together. */
  const schedule = (): void => {
    if (scheduled || !mayStart()) return;
    scheduled = true;
    if (options.gatherMs === undefined || waitingSize >= options.maxBatch) setImmediate(start);
    else setTimeout(start, options.gatherMs);
  };

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        const size = sizeOf(item);
        waiting.push({ item, size, resolve, reject });
        waitingSize += size;
        schedule();
      });
    },
    drain() {
      if (running === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => idle.push(resolve));
    },
  };
}

/** Never rejects. A batch that fails of a bad item is halved until the bad item stands alone. */
async function commitBatch<Item, Result>(
  options: FoldOptions<Item, Result>,
  batch: readonly Waiting<Item, Result>[],
): Promise<void> {
  const startedAtMs = performance.now();
  let results: readonly (Result | Promise<Result>)[];
  try {
    results = await options.commit(batch.map(({ item }) => item));
  } catch (cause) {
    if (batch.length > 1 && options.isBadItem(cause)) {
      const half = Math.ceil(batch.length / 2);
      await commitBatch(options, batch.slice(0, half));
      await commitBatch(options, batch.slice(half));
    } else {
      for (const { reject } of batch) reject(cause);
    }
    return;
  }
  options.onCommit?.(batch.length, performance.now() - startedAtMs);
  batch.forEach(({ resolve, reject }, index) => {
    const result = results[index];
    if (results.length === batch.length) resolve(result as Result);
    else reject(new Error('A commit returned another number of results than it had items.'));
  });
}
