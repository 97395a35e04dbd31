/** Who is next: round by round over the groups, and round by round over the members of each. */
export class Rota<Member> {
  /** Both in the order of their turns. */
  readonly #groups = new Map<string, Set<Member>>();

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** Adds a member at the end of its group; one that waits already keeps its place. */
  add(group: string, member: Member): void {
    const members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, new Set([member]));
    else members.add(member);
  }

  /** Takes whose turn it is out; its group goes to the end. */
  next(): Member | undefined {
    for (const [group, members] of this.#groups) {
      this.#groups.delete(group);
      for (const member of members) {
        members.delete(member);
        if (members.size > 0) this.#groups.set(group, members);
        return member;
      }
    }
    return undefined;
  }
}
