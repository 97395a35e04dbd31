/** Everything that a key may be allowed. Every route declares one. */
export const permissions = [
  'account.read',
  'account.write',
  'api_key.read',
  'api_key.write',
  'api_log.read',
  'document.read',
  'document.write',
  'event.read',
  'event.write',
  'inquiry.read',
  'inquiry.write',
  'inquiry_template.read',
  'verification.read',
  'verification.write',
  'webhook.read',
  'webhook.write',
  'webhook_event.read',
  'webhook_event.write',
] as const;

export type Permission = (typeof permissions)[number];

export function isPermission(name: string): name is Permission {
  return permissions.some((permission) => permission === name);
}

/** Of a key for which nothing else is asked: everything but reading and making keys. */
export const defaultPermissions: readonly Permission[] = permissions.filter(
  (permission) => !permission.startsWith('api_key.'),
);
