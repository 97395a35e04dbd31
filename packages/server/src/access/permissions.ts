/** What a key may be allowed. Every route declares one. */
export type Permission =
  | 'account.read'
  | 'account.write'
  | 'event.read'
  | 'inquiry.read'
  | 'inquiry.write'
  | 'inquiry_template.read'
  | 'verification.read'
  | 'webhook.read'
  | 'webhook.write';
