/** How much of a response body is kept for the log. */
export const KEPT_BYTES = 4096;

const CUT_MARK = '… [cut]';

/**
 * The start of a response body as text that is safe to store and show: UTF-8 with U+FFFD for what is not, control,
 * format and separator characters escaped, a mark where something was left out. At most 8 characters per kept byte.
 *
 * @param kept the first bytes, up to `KEPT_BYTES`
 * @param totalBytes how many were read in all
 */
export function answerText(kept: Buffer, totalBytes: number): string {
  if (totalBytes <= kept.length) return escapeText(kept.toString('utf8'));
  return escapeText(kept.subarray(0, lastWholeCharacter(kept)).toString('utf8')) + CUT_MARK;
}

const PLAIN = /^[\x20-\x7e]*$/;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Escapes what could break a line, a terminal, a text column or the direction of reading; keeps backslashes. */
export function escapeText(text: string): string {
  // Nearly all answers are: without the tables of Unicode that is known in a tenth of the time.
  if (PLAIN.test(text)) return text;
  return text.replace(UNSAFE, (char) => SHORT[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Where to cut so that no UTF-8 sequence is torn. */
function lastWholeCharacter(bytes: Buffer): number {
  let start = bytes.length - 1;
  while (start > 0 && bytes.length - start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? start : bytes.length;
}
