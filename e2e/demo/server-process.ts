import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../../packages/server/dist/main.js', import.meta.url));
const startLimitMs = 60_000;
const stopLimitMs = 20_000;
const maxKeptCharacters = 8_000;

/** What the server prints when it is ready. */
export interface Greeting {
  readonly url: string;
  readonly templateId: string;
  readonly verificationTemplateIds: { readonly governmentId: string; readonly selfie: string };
}

/** The real server, as its own process, with the PostgreSQL that it brings along. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #printed = '';
  #complaints = '';

  constructor(dataDir: string, sandboxKey: string) {
    this.#child = spawn(process.execPath, [entry], {
      env: { ...inheritedEnvironment(), ...settings(dataDir, sandboxKey) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#printed = (this.#printed + chunk.toString()).slice(-maxKeptCharacters);
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-maxKeptCharacters);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) => resolve(signal ?? `exit ${String(code)}`));
    });
  }

  /** Rejects when the server ends without having been told to. */
  get lost(): Promise<never> {
    return this.#ended.then((how) => {
      throw new Error(`The server ended before the demo did (${how}).`);
    });
  }

  /** Warnings and errors that it logged, for a failure's report. */
  get complaints(): string {
    return this.#complaints.trim();
  }

  async ready(): Promise<Greeting> {
    const deadline = AbortSignal.timeout(startLimitMs);
    for (;;) {
      const greeting = readGreeting(this.#printed);
      if (greeting !== undefined) return greeting;
      const more = once(this.#child.stdout ?? this.#child, 'data', { signal: deadline });
      await Promise.race([more, this.lost]).catch((cause: unknown) => {
        if (!deadline.aborted) throw cause;
        throw new Error(`The server did not start within ${String(startLimitMs / 1000)} s.`, { cause });
      });
    }
  }

  /** SIGTERM, and waits. Returns how it ended: `exit 0`, or what went wrong. */
  async stop(): Promise<string> {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopLimitMs);
    try {
      return await this.#ended;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whoever runs the demo may have settings of a real deployment in the shell, a DATABASE_URL above all. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const isSetting = (name: string) => /^(?:CREDENCE_.*|DATABASE_URL|HOST|PORT|PG[A-Z]+)$/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)));
}

function settings(dataDir: string, sandboxKey: string): NodeJS.ProcessEnv {
  return {
    PORT: '0',
    CREDENCE_DATA_DIR: dataDir,
    CREDENCE_BOOTSTRAP_SANDBOX_KEY: sandboxKey,
    CREDENCE_LOG_LEVEL: 'warn',
  };
}

function readGreeting(printed: string): Greeting | undefined {
  // The key's line is the last one: before it, the ids may still be on their way.
  if (!printed.includes('sandbox API key')) return undefined;
  const find = (pattern: RegExp): string => {
    const found = pattern.exec(printed)?.[1];
    if (found === undefined) throw new Error(`The server's greeting has no ${String(pattern)}:\n${printed}`);
    return found;
  };
  return {
    url: find(/(http:\/\/\S+)/),
    templateId: find(/\b(itmpl_\w+)/),
    verificationTemplateIds: {
      governmentId: find(/\b(vtmpl_\w+) +government-id/),
      selfie: find(/\b(vtmpl_\w+) +selfie/),
    },
  };
}
