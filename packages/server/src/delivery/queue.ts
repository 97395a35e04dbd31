/** First in, first out. An array's `shift` moves all that is left, and a lane may hold thousands. */
export class Queue<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** The next that `shift` gives. */
  peek(): Item | undefined {
    return this.#items[this.#head];
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    // Let go of at once: the array is shortened later.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Removes all but the first `count` and returns them. */
  cut(count: number): Item[] {
    // What lies from the head on was pushed and not yet shifted.
    return this.#items.splice(this.#head + count) as Item[];
  }
}
