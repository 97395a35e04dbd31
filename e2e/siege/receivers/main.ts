import { changing, crowd } from '../crowd.ts';
import type { Order, Report } from './messages.ts';
import { ReceiptFile } from './receipt.ts';
import { serve, type Notebook } from './serve.ts';

/** All receivers, in a process that nobody kills. Argument: the file for their record. */
async function main(): Promise<void> {
  const file = process.argv[2];
  if (file === undefined) throw new Error('The name of the file for the record is missing.');
  const secrets = new Map<string, readonly string[]>();
  const notebook: Notebook = { record: new ReceiptFile(file), secrets, open: new Set() };
  // The siege is gone: nobody will read the record.
  process.on('disconnect', () => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.on('message', (order: Order) => {
    if (order.kind === 'trust') secrets.set(order.key, order.secrets);
    else void finish(notebook);
  });
  const entries = [...crowd, ...changing].map(
    async (member) => [member.key, await serve(member, notebook)] as const,
  );
  report({ kind: 'listening', urls: Object.fromEntries(await Promise.all(entries)) });
}

async function finish({ open, record }: Notebook): Promise<void> {
  for (const write of open) write();
  report({ kind: 'finished', lines: await record.end() });
}

function report(message: Report): void {
  process.send?.(message);
}

await main();
