import { limits } from '@credence/contract';
import { z } from 'zod';
import {
  apiVersion,
  fileAccessTokenSeconds,
  keyInflection,
  patternList,
  settingName,
} from '../answer-settings.ts';
import { anyAddress, canonicalEntry } from './address-allowlist.ts';
import { isPermission, permissions } from './permissions.ts';

const permission = z.string().refine(isPermission, `is no permission; there are ${permissions.join(', ')}`);

const address = z.string().transform((text, check) => {
  const entry = canonicalEntry(text.trim());
  if (entry !== undefined) return entry;
  check.addIssue({
    code: 'custom',
    message: 'must be an IP address, a range such as 10.0.0.0/8 or fd00::/8, or "*"',
  });
  return z.NEVER;
});

/** The addresses that a key may be used from, each once and in its one spelling. */
export const addressList = z
  .array(address)
  .min(1, 'must have at least one entry; ["*"] is any address')
  .max(limits.ipAddressAllowlist, `must have at most ${String(limits.ipAddressAllowlist)} entries`)
  .refine((list) => !list.includes(anyAddress) || list.length === 1, 'cannot have other entries beside "*"')
  .transform((list): readonly string[] => [...new Set(list)]);

export const permissionList = z.array(permission).transform((list): readonly string[] => [...new Set(list)]);

/** Attributes of a key in a request; all are optional here. */
export const keyAttributes = z.strictObject({
  name: settingName.optional(),
  note: z
    .string()
    .max(limits.noteLength, `must have at most ${String(limits.noteLength)} characters`)
    .nullish(),
  'api-version': apiVersion.optional(),
  'api-key-inflection': keyInflection.optional(),
  'api-attributes-blocklist': patternList.optional(),
  permissions: permissionList.optional(),
  'ip-address-allowlist': addressList.optional(),
  'file-access-token-expires-in': fileAccessTokenSeconds.optional(),
  'disclosed-attributes': patternList.optional(),
});

/** What a request says about a key. What is absent keeps its value, or takes its default. */
export type KeyChange = z.output<typeof keyAttributes>;
