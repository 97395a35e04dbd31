import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const serverMain = fileURLToPath(new URL('../../../packages/server/dist/main.js', import.meta.url));
const maxKeptCharacters = 8_000;

export interface Greeting {
  readonly url: string;
  readonly templateId: string;
}

/** One server process, from its start to its end. */
export class NodeProcess {
  /** How it ended: `exit 0`, `SIGKILL`. */
  readonly ended: Promise<string>;
  /** Undefined until it listens; rejects never: see `ended`. */
  readonly ready: Promise<Greeting | undefined>;
  readonly #child: ChildProcess;
  #greeting: Greeting | undefined;
  #isOver = false;

  constructor(env: Readonly<Record<string, string>>, logFile: string) {
    const log = openSync(logFile, 'a');
    this.#child = spawn(process.execPath, [serverMain], {
      env: { ...inherited(), ...env },
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => resolve(signal ?? `exit ${String(code)}`));
    }).then((how) => {
      this.#isOver = true;
      return String(how);
    });
    this.ready = Promise.race([this.#greeted(), this.ended.then(() => undefined)]);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Where it listens, while it runs. A paused one runs, as far as anybody can tell. */
  get url(): string | undefined {
    return this.#isOver ? undefined : this.#greeting?.url;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  #greeted(): Promise<Greeting> {
    return new Promise((resolve) => {
      let printed = '';
      this.#child.stdout?.on('data', (chunk: Buffer) => {
        if (this.#greeting !== undefined) return;
        printed = (printed + chunk.toString()).slice(-maxKeptCharacters);
        const url = /^Credence \S+ listens on (http:\/\/\S+)$/m.exec(printed)?.[1];
        const templateId = /\b(itmpl_\w+) /.exec(printed)?.[1];
        if (url === undefined || templateId === undefined) return;
        this.#greeting = { url, templateId };
        resolve(this.#greeting);
      });
    });
  }
}

/** Whoever runs the siege may have settings of a real deployment in the shell. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
