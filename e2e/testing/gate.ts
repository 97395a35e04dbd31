/** Holds up whoever comes while it is closed. */
export class Gate {
  #open: () => void = () => undefined;
  #passed: Promise<void> = Promise.resolve();

  close(): void {
    this.#passed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  passed(): Promise<void> {
    return this.#passed;
  }
}
