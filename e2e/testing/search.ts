/** Something that must not be found. */
export interface Needle {
  readonly name: string;
  readonly value: string | Buffer;
}

export interface Finding {
  readonly needle: string;
  readonly form: string;
  readonly where: string;
}

interface Form {
  readonly needle: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Finds needles in bytes: as they are, in hex, in base64 at every alignment, and percent-encoded. */
export class Search {
  /** Which pairs of bytes begin a form: a byte of hay costs one look-up, however many needles there are. */
  readonly #isPrefix = new Uint8Array(65_536);
  readonly #byPrefix = new Map<number, Form[]>();

  constructor(needles: readonly Needle[]) {
    for (const form of needles.flatMap(formsOf)) {
      const prefix = form.bytes.readUInt16BE(0);
      this.#isPrefix[prefix] = 1;
      this.#byPrefix.set(prefix, [...(this.#byPrefix.get(prefix) ?? []), form]);
    }
  }

  in(hay: Buffer, where: string): Finding[] {
    const found = new Set<Form>();
    const isPrefix = this.#isPrefix;
    let pair = 0;
    for (let at = 0; at < hay.length; at += 1) {
      pair = ((pair << 8) | (hay[at] ?? 0)) & 0xffff;
      if (isPrefix[pair] === 1 && at > 0) this.#compare(hay, at - 1, pair, found);
    }
    return [...found].map(({ needle, form }) => ({ needle, form, where }));
  }

  inText(hay: string, where: string): Finding[] {
    return this.in(Buffer.from(hay), where);
  }

  #compare(hay: Buffer, at: number, prefix: number, found: Set<Form>): void {
    for (const form of this.#byPrefix.get(prefix) ?? []) if (isAt(hay, at, form.bytes)) found.add(form);
  }
}

function isAt(hay: Buffer, at: number, bytes: Buffer): boolean {
  if (hay[at + 2] !== bytes[2] || at + bytes.length > hay.length) return false;
  return bytes.equals(hay.subarray(at, at + bytes.length));
}

function formsOf({ name, value }: Needle): Form[] {
  const raw = Buffer.from(value);
  if (raw.length < 6) throw new Error(`The needle ${name} is so short that it is found by chance.`);
  const texts: Readonly<Record<string, string>> = {
    hex: raw.toString('hex'),
    HEX: raw.toString('hex').toUpperCase(),
    percent: encodeURIComponent(raw.toString('latin1')),
    ...base64Forms(raw, 'base64'),
    ...base64Forms(raw, 'base64url'),
  };
  const forms = [{ form: 'raw', bytes: raw }];
  for (const [form, text] of Object.entries(texts)) forms.push({ form, bytes: Buffer.from(text) });
  // Of forms that are the same, the first.
  const distinct = new Map(forms.toReversed().map((form) => [form.bytes.toString('latin1'), form]));
  return [...distinct.values()].map((form) => ({ needle: name, ...form }));
}

/** What base64 of a longer text shows wherever in it the value stands: the characters that no neighbour changes. */
function base64Forms(raw: Buffer, encoding: 'base64' | 'base64url'): Record<string, string> {
  return Object.fromEntries(
    [0, 1, 2].map((before) => {
      const text = Buffer.concat([Buffer.alloc(before), raw]).toString(encoding);
      const from = Math.ceil((before * 8) / 6);
      const to = Math.floor(((before + raw.length) * 8) / 6);
      return [`${encoding} +${before}`, text.slice(from, to)];
    }),
  );
}
