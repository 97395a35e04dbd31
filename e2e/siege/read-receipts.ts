import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Receipt, WebhookHistory } from './history.ts';
import { checkSignature, type RecordedReceipt } from './receivers/receipt.ts';

/** The receivers' record, in the order of arrival. What was not verified then is verified with all secrets known by now. */
export async function readReceipts(file: string, webhooks: readonly WebhookHistory[]): Promise<Receipt[]> {
  const secrets = new Map(
    webhooks.map((webhook) => [webhook.key, webhook.secrets.map(({ value }) => value)]),
  );
  const receipts: Receipt[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { raw, ...receipt } = JSON.parse(line) as RecordedReceipt;
    if (raw === undefined) receipts.push(receipt);
    else {
      const body = Buffer.from(raw.body, 'base64');
      const known = secrets.get(receipt.key) ?? [];
      receipts.push({ ...receipt, ...checkSignature(raw.header, body, known, Infinity) });
    }
  }
  return receipts.sort((one, other) => one.atMs - other.atMs);
}
