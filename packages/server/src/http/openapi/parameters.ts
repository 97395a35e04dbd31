import { limits, resourceDeclarations, servedApiVersions, type JsonObject } from '@credence/contract';
import type { Route } from '../route.ts';
import { refusalsOf } from '../hold-to-reference.ts';
import { includableNames } from '../include.ts';

/** Headers that every request may have; named in the document's components. */
export const headerParameters: JsonObject = {
  'Key-Inflection': {
    name: 'Key-Inflection',
    in: 'header',
    description:
      'How keys of the answer are written; where it is absent, as the key says. Requests may use any of them.',
    schema: { type: 'string', enum: ['kebab', 'camel', 'snake'] },
  },
  'Persona-Version': {
    name: 'Persona-Version',
    in: 'header',
    description:
      'The version that the request is written for and the answer shall have; where it is absent, that of the key. This document describes the newest.',
    schema: { type: 'string', enum: servedApiVersions },
  },
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Carries the request out once: the same key gets the same answer for 24 hours. With another body, or while the first request is still running, it is a 409.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
};

/** Everything of a request to `route` but its body. */
export function parametersOf(route: Route): JsonObject[] {
  return [
    ...pathParameters(route.path),
    ...queryParameters(route),
    headerRef('Key-Inflection'),
    headerRef('Persona-Version'),
    ...(isRepeatable(route) ? [headerRef('Idempotency-Key')] : []),
  ];
}

function isRepeatable(route: Route): boolean {
  return route.method === 'post' && route.isReadOnly !== true && refusalsOf(route).includes('conflict');
}

function headerRef(name: string): JsonObject {
  return { $ref: `#/components/parameters/${name}` };
}

/** The path as OpenAPI writes it: `/inquiries/:id/approve` → `/inquiries/{inquiry-id}/approve`. */
export function templateOf(path: string): string {
  return path.replaceAll(/:[a-z-]+/g, () => `{${parameterName(path)}}`);
}

/** Collections whose name does not say what they hold. */
const otherCollections: Readonly<Record<string, string>> = { 'webhook-events/resend': 'resend-job' };

function resourceOf(path: string): string {
  const collection = path.slice(1).split('/:')[0] ?? '';
  return otherCollections[collection] ?? collection.replace(/ies$/, 'y').replace(/s$/, '');
}

function parameterName(path: string): string {
  return `${resourceOf(path).split('/')[0] ?? ''}-id`;
}

function pathParameters(path: string): JsonObject[] {
  if (!path.includes('/:')) return [];
  const resource = resourceOf(path);
  const declared = Object.entries(resourceDeclarations).find(
    ([type]) => type === resource || type.startsWith(`${resource}/`),
  )?.[1];
  const prefix = declared?.idPrefix ?? '[a-z]+';
  const schema = { type: 'string', pattern: `^${prefix}_[0-9A-Za-z]{1,40}$` };
  return [{ name: parameterName(path), in: 'path', required: true, schema }];
}

function queryParameters(route: Route): JsonObject[] {
  const isList = route.filters !== undefined;
  return [
    ...(isList ? [pageParameter(route.hasOpaqueCursors === true)] : []),
    ...(route.filters !== undefined && route.filters.length > 0 ? [filterParameter(route.filters)] : []),
    ...(route.includes === undefined || isList ? [] : [includeParameter(route.includes)]),
    fieldsParameter,
  ];
}

function pageParameter(isOpaque: boolean): JsonObject {
  const cursor = isOpaque ? 'A cursor that an answer gave' : 'The id of an object';
  return deepObject('page', 'Which part of the list, newest first. Links of the answer lead on.', {
    after: { type: 'string', description: `${cursor}; what comes behind it.` },
    before: { type: 'string', description: `${cursor}; what comes in front of it. Not together with after.` },
    size: { type: 'integer', minimum: 1, maximum: limits.pageSize, default: limits.defaultPageSize },
  });
}

function filterParameter(names: readonly string[]): JsonObject {
  return deepObject(
    'filter',
    'Only what matches all of them. A comma separates values of which one is enough.',
    Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  );
}

function includeParameter(names: readonly string[]): JsonObject {
  return {
    name: 'include',
    in: 'query',
    description:
      'Related resources that the answer shall bring along; those that they are related to, as far as they are of the same inquiry.',
    style: 'form',
    explode: false,
    schema: { type: 'array', items: { type: 'string', enum: includableNames(names) } },
  };
}

const fieldsParameter: JsonObject = {
  name: 'fields',
  in: 'query',
  description:
    'Attributes wanted of a type, as `fields[inquiry]=status,fields.name-first`. A type that is not named shows all.',
  style: 'deepObject',
  explode: true,
  schema: { type: 'object', additionalProperties: { type: 'string' } },
};

function deepObject(name: string, description: string, properties: JsonObject): JsonObject {
  const schema = { type: 'object', properties, additionalProperties: false };
  return { name, in: 'query', description, style: 'deepObject', explode: true, schema };
}
