import { randomBytes } from 'node:crypto';
import { Api } from './api.ts';
import { inSeconds, nowMs } from './clock.ts';
import { Inquiries } from './inquiries.ts';
import { playAll } from './script.ts';
import type { ServerProcess } from './server-process.ts';
import { Stage } from './stage.ts';
import { summarize } from './summary.ts';
import { paint, paragraph } from './terminal.ts';
import { World } from './world.ts';

export interface DemoOptions {
  readonly server: ServerProcess;
  readonly sandboxKey: string;
  readonly dataDir: string;
  /** Rejects when the demo is to stop. */
  readonly interrupted: Promise<never>;
  readonly print: (text: string) => void;
}

/** Plays all scenes against a server that is starting. Returns the expectations; throws where there is no going on. */
export async function playDemo(options: DemoOptions): Promise<Stage> {
  const { server, print, dataDir } = options;
  const stop = Promise.race([options.interrupted, server.lost]);
  print(`${paragraph(introduction(dataDir), '').replace('Credence', paint('bold', 'Credence'))}\n\n`);
  say('A server starts, with a new PostgreSQL database of its own …', print);
  const greeting = await Promise.race([server.ready(), stop]);
  say(`The server is ready: ${greeting.url}`, print);

  const api = new Api(greeting.url, options.sandboxKey);
  const world = new World({ api, inquiries: new Inquiries(api, greeting), dataDir });
  const stage = new Stage(print);
  try {
    await Promise.race([playAll(world, stage), stop]);
    print(await Promise.race([summarize(world, stage), stop]));
  } finally {
    world.close();
  }
  return stage;
}

export function newSandboxKey(): string {
  return `persona_sandbox_${randomBytes(24).toString('hex')}`;
}

function introduction(dataDir: string): string {
  return (
    'Credence runs identity checks and tells your application about them, with signed webhooks. ' +
    'Here you see it at work, for about 15 seconds, with a real server, real receivers and HTTP between them; ' +
    `only the person is invented. It all lives in ${dataDir} and is removed at the end.`
  );
}

function say(text: string, print: (text: string) => void): void {
  print(`   ${paint('dim', inSeconds(nowMs()))}  ${text}\n`);
}
