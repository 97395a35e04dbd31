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
  /** By the first two bytes, so that a byte of hay costs one look-up however many needles there are. */
  readonly #byPrefix: (Form[] | undefined)[] = [];

  constructor(needles: readonly Needle[]) {
    for (const form of needles.flatMap(formsOf)) {
      const prefix = form.bytes.readUInt16BE(0);
      (this.#byPrefix[prefix] ??= []).push(form);
    }
  }

  in(hay: Buffer, where: string): Finding[] {
    const found = new Set<Form>();
    for (let at = 0; at + 1 < hay.length; at += 1) {
      const forms = this.#byPrefix[((hay[at] ?? 0) << 8) | (hay[at + 1] ?? 0)];
      if (forms === undefined) continue;
      for (const form of forms) if (isAt(hay, at, form.bytes)) found.add(form);
    }
    return [...found].map(({ needle, form }) => ({ needle, form, where }));
  }

  inText(hay: string, where: string): Finding[] {
    return this.in(Buffer.from(hay), where);
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
