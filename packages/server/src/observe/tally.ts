/** A count under the values of its labels, which are few: never an id. */
export interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
}

interface Branch {
  readonly next: Map<string, Branch>;
  counted: Counted | undefined;
}

/** Counts by the values of two or three labels. Maps in maps: gluing the values together would cost five times that. */
export class Tally {
  readonly #names: readonly [string, string, string?];
  readonly #root: Branch = newBranch();
  readonly #all: Counted[] = [];

  constructor(...names: readonly [string, string, string?]) {
    this.#names = names;
  }

  get all(): readonly Counted[] {
    return this.#all;
  }

  add(first: string, second: string, third?: string): void {
    this.addMany(1, first, second, third);
  }

  addMany(count: number, first: string, second: string, third?: string): void {
    let leaf = branchOf(branchOf(this.#root, first), second);
    if (third !== undefined) leaf = branchOf(leaf, third);
    leaf.counted ??= this.#start([first, second, third]);
    leaf.counted.count += count;
  }

  #start(values: readonly (string | undefined)[]): Counted {
    const pairs = this.#names.flatMap((name, index) =>
      name === undefined ? [] : [[name, values[index] ?? '']],
    );
    const counted = { labels: Object.fromEntries(pairs) as Record<string, string>, count: 0 };
    this.#all.push(counted);
    return counted;
  }
}

function newBranch(): Branch {
  return { next: new Map(), counted: undefined };
}

function branchOf(branch: Branch, value: string): Branch {
  const known = branch.next.get(value);
  if (known !== undefined) return known;
  const made = newBranch();
  branch.next.set(value, made);
  return made;
}
