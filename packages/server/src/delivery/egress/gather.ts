/** Collects what comes in one turn of the event loop. */
export interface Gathered<Item> {
  add(item: Item): void;
  /** Hands on at once what has come so far. */
  flush(): void;
}

/** @param handOn called at the end of the turn with all that came in it: never with nothing */
export function gather<Item>(handOn: (items: readonly Item[]) => void): Gathered<Item> {
  let items: Item[] = [];
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    if (items.length === 0) return;
    const gathered = items;
    items = [];
    handOn(gathered);
  };
  return {
    add(item) {
      items.push(item);
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(flush);
    },
    flush,
  };
}
