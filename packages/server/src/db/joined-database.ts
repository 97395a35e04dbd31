import { statement, type Database, type Transaction, type TransactionEnd } from './database.ts';

/**
 * A transaction in the shape of a database: what runs on it is part of the transaction, and a transaction on it is a
 * savepoint. Whoever waits for the end of that one hears of it when the outer one has ended, or when the savepoint
 * was rolled back.
 */
export function joinedDatabase(tx: Transaction): Database {
  let count = 0;
  return {
    query: (each, values) => tx.query(each, values),
    async transaction(work) {
      count += 1;
      const name = `joined_${String(count)}`;
      await tx.query(statement('', `savepoint ${name}`));
      const listeners: ((end: TransactionEnd) => void)[] = [];
      try {
        const result = await work({
          query: (each, values) => tx.query(each, values),
          onEnd: (listener) => listeners.push(listener),
        });
        // Fails where a statement failed and was not missed.
        await tx.query(statement('', `release savepoint ${name}`));
        for (const listener of listeners) tx.onEnd(listener);
        return result;
      } catch (cause) {
        for (const listener of listeners) listener('rolled_back');
        // Where the connection is lost, the outer transaction finds out by itself.
        // Released, too: a savepoint of the same name further out must not be hidden by it.
        const undone = `rollback to savepoint ${name}; release savepoint ${name}`;
        await tx.query(statement('', undone)).catch(() => undefined);
        throw cause;
      }
    },
    script: () => Promise.reject(new Error('A script does not run inside a transaction.')),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
