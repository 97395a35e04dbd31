import { createHmac } from 'node:crypto';

export const SECRET = 'wbhsec_0d4a2f1e-6c1b-4f7e-8a55-3f9f1c2b7d10';
export const NOW_SECONDS = 1_700_000_000;

export function now(): number {
  return NOW_SECONDS * 1000;
}

export function eventBody(overrides: { readonly id?: string; readonly createdAt?: string } = {}): string {
  const { id = 'evt_2mK7vR0aVqX5nTg9LbCw4HyE', createdAt = '2023-11-14T22:13:19.250Z' } = overrides;
  const data = {
    type: 'inquiry',
    id: 'inq_2mK7vQxR4tYb8NcWdHs3JfZp',
    attributes: { status: 'approved', 'reference-id': null },
    relationships: { reports: { data: [] } },
  };
  const included = [{ type: 'verification/selfie', id: 'ver_2mK7vQ', attributes: { status: 'passed' } }];
  return JSON.stringify({
    data: {
      type: 'event',
      id,
      attributes: { name: 'inquiry.approved', payload: { data, included }, 'created-at': createdAt },
    },
  });
}

export function signatureGroup(rawBody: string, t: number | string = NOW_SECONDS, secret = SECRET): string {
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${rawBody}`).digest('hex')}`;
}

export function signedDelivery(rawBody: string): {
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: string;
} {
  return { headers: { 'persona-signature': signatureGroup(rawBody) }, rawBody };
}
