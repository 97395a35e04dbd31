/** What a key may be allowed. Every route declares one. */
export type Permission =
  | 'account.read'
  | 'account.write'
  | 'event.read'
  | 'event.write'
  | 'inquiry.read'
  | 'inquiry.write'
  | 'inquiry_template.read'
  | 'verification.read'
  | 'webhook.read'
  | 'webhook.write'
  | 'webhook_event.read'
  | 'webhook_event.write';
