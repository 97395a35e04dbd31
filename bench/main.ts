import { writeFile } from 'node:fs/promises';
import { end, message, start } from './child.ts';
import { addWebhooks, measure, startProduct, type Measured } from './product.ts';
import { formatTable, type Row } from './table.ts';

/**
 * `npm run bench [-- --json FILE]`: what a delivery costs, as ratios to bare undici in the same run. Receiver,
 * load and PostgreSQL share the machine with what is measured.
 */
async function main(): Promise<void> {
  const receiver = start('receiver');
  const { port } = await message<{ port: number }>(receiver);
  const target = `http://127.0.0.1:${String(port)}/`;
  try {
    const bare = await bareUndici(target);
    const rows: Row[] = [row('bare undici request, 1 process', bare, bare)];
    rows.push(
      row(
        'durable 1:1, one event a request',
        await scenario(target, { events: 20_000, batch: 1, fanOut: 1 }),
        bare,
      ),
    );
    rows.push(
      row(
        'durable 1:1, 100 events a request',
        await scenario(target, { events: 60_000, batch: 100, fanOut: 1 }),
        bare,
      ),
    );
    rows.push(
      row('durable, fan-out 10', await scenario(target, { events: 12_000, batch: 100, fanOut: 10 }), bare),
    );
    process.stdout.write(formatTable(rows));
    const json = process.argv.indexOf('--json');
    const file = process.argv[json + 1];
    if (json !== -1 && file !== undefined) await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    await end(receiver);
  }

  async function scenario(
    url: string,
    load: { events: number; batch: number; fanOut: number },
  ): Promise<Measured> {
    await using product = await startProduct();
    await addWebhooks(product, url, load.fanOut);
    // Warms up code and plans; not counted.
    await measure(product, receiver, { ...load, events: load.events / 10 });
    // Awaited here: the product is stopped when this function is left.
    return await measure(product, receiver, load);
  }
}

async function bareUndici(target: string): Promise<Measured> {
  const child = start('bare', { BENCH_URL: target, BENCH_SECONDS: '5' });
  const { count, seconds, cpuUs } = await message<{ count: number; seconds: number; cpuUs: number }>(child);
  return { deliveries: count, seconds, cpuUs };
}

function row(name: string, measured: Measured, bare: Measured): Row {
  const rate = measured.deliveries / measured.seconds;
  return {
    name,
    perSecond: Math.round(rate),
    ofBare: rate / (bare.deliveries / bare.seconds),
    cpuUsPerDelivery: measured.cpuUs / measured.deliveries,
  };
}

await main();
