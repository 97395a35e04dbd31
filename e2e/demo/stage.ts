import { inSeconds, nowMs } from './clock.ts';
import { paint, paragraph, width } from './terminal.ts';

const indent = '   ';
const afterTime = ' '.repeat(indent.length + inSeconds(0).length + 2);

/**
 * Scenes run at the same time and are read one after the other: a scene writes at once when those before it have
 * ended, and until then into a buffer.
 */
export class Stage {
  readonly #write: (text: string) => void;
  readonly #scenes: Scene[] = [];
  readonly #unmet: string[] = [];
  #expectations = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get expectations(): number {
    return this.#expectations;
  }

  /** What should have been and was not. */
  get unmet(): readonly string[] {
    return this.#unmet;
  }

  /** Scenes are shown in the order in which they are announced. */
  announce(title: string, introduction: string): Scene {
    const number = this.#scenes.length + 1;
    const scene = new Scene({
      flush: () => this.#flush(),
      judge: (claim, isMet) => this.expect(`scene ${String(number)}: ${claim}`, isMet),
    });
    const heading = `${String(number)}  ${title} `;
    scene.write(`\n${paint('bold', heading)}${paint('dim', '─'.repeat(width - heading.length))}`);
    scene.write(`${paragraph(introduction, indent)}\n`);
    this.#scenes.push(scene);
    return scene;
  }

  expect(claim: string, isMet: boolean): void {
    this.#expectations++;
    if (!isMet) this.#unmet.push(claim);
  }

  #flush(): void {
    for (const scene of this.#scenes) {
      for (const line of scene.lines.splice(0)) this.#write(`${line}\n`);
      if (!scene.hasEnded) return;
    }
  }
}

interface SceneMeans {
  readonly flush: () => void;
  readonly judge: (claim: string, isMet: boolean) => void;
}

export class Scene {
  readonly lines: string[] = [];
  readonly #means: SceneMeans;
  #hasEnded = false;

  constructor(means: SceneMeans) {
    this.#means = means;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  write(line: string): void {
    this.lines.push(line);
    this.#means.flush();
  }

  /** Something that happened, at `atMs` since the start. */
  fact(text: string, atMs = nowMs()): void {
    this.write(`${indent}${paint('dim', inSeconds(atMs))}  ${text}`.trimEnd());
  }

  /** A line that belongs to the fact above it. */
  detail(text: string): void {
    this.write(`${afterTime}${text}`.trimEnd());
  }

  /** The demo checks itself. A claim that holds is shown only where the reader should see it: use `conclude`. */
  expect(claim: string, isMet: boolean): void {
    this.#means.judge(claim, isMet);
    if (!isMet) this.write(`${afterTime}${paint('red', `✗ not so: ${claim}`)}`);
  }

  /** An expectation that sums up what was seen. */
  conclude(claim: string, isMet: boolean): void {
    this.expect(claim, isMet);
    if (isMet) this.write(`${afterTime}${paint('green', `✓ ${claim}`)}`);
  }

  end(): void {
    this.#hasEnded = true;
    this.#means.flush();
  }
}
