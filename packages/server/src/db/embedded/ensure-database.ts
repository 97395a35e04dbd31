import { openClient, type Address } from './lock.ts';

export const DATABASE = 'credence';

export async function ensureDatabase(address: Address): Promise<void> {
  const client = openClient(address, 'postgres', 'credence start');
  client.on('error', () => undefined); // the query under way rejects too
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}
