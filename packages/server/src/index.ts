export { readConfig, ConfigError } from './config.ts';
export type { Config } from './config.ts';
export { createKey, expireKey, listKeys, setDisclosure } from './operator/keys.ts';
export type { CreatedKey, KeyRequest, KeySummary } from './operator/keys.ts';
export { defaultPermissions, permissions } from './access/permissions.ts';
export { openOperator } from './operator/open-operator.ts';
export type { Operator } from './operator/open-operator.ts';
export { version } from './version.ts';
