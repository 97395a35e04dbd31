/** Where the sealed columns of a webhook belong, for the authentication of their place. */
export function secretPlace(environmentId: string, webhookId: string): string {
  return `webhook_secrets/${environmentId}/${webhookId}`;
}

export function customHeadersPlace(environmentId: string, webhookId: string): string {
  return `webhooks.custom_headers/${environmentId}/${webhookId}`;
}
