import { limits, servedApiVersions } from '@credence/contract';
import { z } from 'zod';
import { patternProblem } from './privacy/patterns.ts';

/** Attributes that webhooks and API keys share: what they are called, and how what they get is written. */
export const settingName = z
  .string()
  .min(1, 'must not be empty')
  .max(limits.nameLength, `must have at most ${String(limits.nameLength)} characters`);

export const apiVersion = z.enum(servedApiVersions, `must be one of ${servedApiVersions.join(', ')}`);

export const keyInflection = z.enum(['camel', 'kebab', 'snake'], 'must be one of camel, kebab, snake');

/** Of `api-attributes-blocklist` and `disclosed-attributes`. */
export const patternList = z
  .array(z.string())
  .max(limits.webhookPatterns, `must have at most ${String(limits.webhookPatterns)} patterns`)
  .superRefine((patterns, check) => {
    for (const pattern of patterns) {
      const problem = patternProblem(pattern);
      if (problem !== undefined) check.addIssue({ code: 'custom', message: problem });
    }
  });

const seconds = limits.fileAccessTokenSeconds;

export const fileAccessTokenSeconds = z
  .int()
  .min(seconds.min, 'must be at least 1 second')
  .max(seconds.max, `must be at most ${String(seconds.max)} seconds`);
