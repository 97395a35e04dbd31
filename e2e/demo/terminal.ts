import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'red';

/** https://no-color.org: any value but an empty one asks for none. */
const isColoured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';

/** Columns of a paragraph; longer lines are hard to read. Tables fit into 80. */
export const width = Math.max(60, Math.min(process.stdout.columns || 80, 96));

/** Pad before painting: the codes of a colour have no width on the screen. */
export function paint(style: Style, text: string): string {
  return isColoured ? styleText(style, text) : text;
}

/** Breaks a paragraph into indented lines. */
export function paragraph(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => indent + each).join('\n');
}

/** Two texts next to each other, line by line. */
export function sideBySide(left: readonly string[], right: readonly string[]): string[] {
  const columnWidth = Math.max(...left.map((line) => line.length)) + 3;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    `${(left[index] ?? '').padEnd(columnWidth)}${right[index] ?? ''}`.trimEnd(),
  );
}

/** Enough of an id, a signature or a hash to tell it from another; never enough of a secret to use it. */
export function shortened(text: string, characters = 8): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}…`;
}
