// @ts-check
// Progress goes to stderr: stdout belongs to the server, the demo and the tests.

/** Ends the run with a message for a person instead of a stack. */
export class Stop extends Error {
  /**
   * @param {string} message shown as it is; empty when everything has been said
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Shows one step: a line when it begins (kept up to date on a terminal) and one with the time it took.
 *
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const startedAt = performance.now();
  const isTerminal = process.stderr.isTTY;
  const show = () => process.stderr.write(`\r\x1b[K· ${title} … ${seconds(startedAt, 0)}`);
  if (isTerminal) show();
  else say(`· ${title} …`);
  const timer = isTerminal ? setInterval(show, 1000) : undefined;
  /** @param {string} mark */
  const finish = (mark) => {
    clearInterval(timer);
    say(`${isTerminal ? '\r\x1b[K' : ''}${mark} ${title}  ${seconds(startedAt, 1)}`);
  };
  try {
    const result = await work();
    finish('✓');
    return result;
  } catch (error) {
    finish('✗');
    throw error;
  }
}

/**
 * @param {number} sinceMs
 * @param {number} digits
 */
export function seconds(sinceMs, digits) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(digits)} s`;
}
