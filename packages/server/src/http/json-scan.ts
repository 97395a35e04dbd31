const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const minus = 0x2d;
const zero = 0x30;

export interface JsonScan {
  /** Of all objects together, each as often as it is written. */
  readonly keys: number;
  /** Whether a number is written that JSON.parse turns into another one. */
  readonly isInexact: boolean;
}

/**
 * Looks over text that JSON.parse takes, for what JSON.parse does not tell: it keeps the last of two equal keys, and
 * the nearest number that a double can be. Strings are jumped over by `indexOf`, so it costs about as much as there
 * is between them.
 */
export function scanJson(text: string): JsonScan {
  let keys = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) at = stringEnd(text, at);
    else if (code === colon) {
      keys += 1;
      at += 1;
    } else if (code === minus || (code >= 0x30 && code <= 0x39)) {
      const end = numberEnd(text, at);
      if (!isExact(text, at, end)) return { keys, isInexact: true };
      at = end;
    } else at += 1;
  }
  return { keys, isInexact: false };
}

/** The place after the string that starts at `at`. */
export function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** After an odd number of backslashes; the quote at the start of the string ends the walk. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 0;
}

/** The place after the number that starts at `at`: digits, `.`, `+`, `-`, `e`, `E`. */
function numberEnd(text: string, at: number): number {
  let end = at + 1;
  for (;;) {
    const code = text.charCodeAt(end);
    const isPart = (code >= 0x2b && code <= 0x39 && code !== 0x2c && code !== 0x2f) || (code | 0x20) === 0x65;
    if (!isPart) return end;
    end += 1;
  }
}

/** So many digits survive in a double, whatever they are. */
const safeDigits = 15;

function isExact(text: string, at: number, end: number): boolean {
  if (end - at <= safeDigits && !hasExponent(text, at, end)) return true;
  return isExactNumber(text.slice(at, end));
}

function hasExponent(text: string, at: number, end: number): boolean {
  for (let index = at; index < end; index += 1) if ((text.charCodeAt(index) | 0x20) === 0x65) return true;
  return false;
}

/** Whether the number that is read from `literal`, written again, is the same number. */
export function isExactNumber(literal: string): boolean {
  const value = Number(literal);
  return Number.isFinite(value) && decimal(literal) === decimal(String(value));
}

/**
 * One form for each number: its digits without zeros at either end, and the power of ten that goes with them. Trimmed
 * by hand: a regular expression for zeros at the end takes the square of their number where they are not at the end.
 */
function decimal(literal: string): string {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().replace(/^-/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = `${whole}${fraction}`;
  let start = 0;
  while (digits.charCodeAt(start) === zero) start += 1;
  if (start === digits.length) return '0';
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === zero) end -= 1;
  const power = Number(exponent) - fraction.length + (digits.length - end);
  return `${digits.slice(start, end)}e${String(power)}`;
}
