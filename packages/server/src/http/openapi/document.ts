import {
  currentApiVersion,
  errorCatalogue,
  limits,
  servedApiVersions,
  type ErrorCode,
  type JsonObject,
} from '@credence/contract';
import { version } from '../../version.ts';
import type { Route } from '../route.ts';
import type { Examples } from './examples.ts';
import { operationOf, tagOf } from './operation.ts';
import { headerParameters, templateOf } from './parameters.ts';
import { resourceSchemas } from './resource-schemas.ts';
import {
  answerHeaders,
  errorsSchema,
  quotaHeaders,
  refusalResponses,
  unavailableHeaders,
} from './responses.ts';
import { webhookOperations } from './webhook-operations.ts';

const description = `The API of Credence, self-hosted identity verification. Clients written for Persona's API work with it.

Keys are in kebab-case unless \`Key-Inflection\` or the key says otherwise. Personal attributes are shown only where the
key discloses them. Answers may get more attributes and more values of an enumeration without a new version.

**Versions.** Served are ${servedApiVersions.join(', ')}. This document describes the first of them; another one is
asked for by \`Persona-Version\`, or is set on a key or a webhook. Before 2025-10-27, what is related is included unless
\`include\` says otherwise.

**Methods.** \`HEAD\` is answered as \`GET\` is, without the body. \`OPTIONS\` is answered with 204, and with the methods
of the path in \`Allow\`. Another method that a path does not take is a 405 (${titleOf('method_not_allowed')}) with the same
header; a path that is not there is a 404 (${titleOf('route_not_found')}). Both need a key.

**Before a request is read.** A request that takes too long to come is a 408, a URL of more than ${String(limits.uriLength)}
characters a 414, an \`Expect\` other than \`100-continue\` a 417, and more than ${String(limits.headers)} header fields a
431, whatever the operation. Answers are JSON: an \`Accept\` that does not take it is a 406.

**Limits.** An environment has so many requests a minute as \`RateLimit-*\` say; beyond them is a 429. A deployment may
also set a quota on inquiries and verifications: what creates them then answers with \`Quota-*\`.`;

function titleOf(code: ErrorCode): string {
  return errorCatalogue[code].title;
}

/** The OpenAPI document of `routes`, and of the events that are delivered. */
export function openApiDocument(routes: readonly Route[], examples: Examples): JsonObject {
  const paths = pathsOf(routes, examples);
  const webhooks = webhookOperations(examples);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Credence',
      version,
      summary: `Version ${currentApiVersion} of the API`,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1', description: 'The server that this document came from.' }],
    security: [{ bearer: [] }],
    tags: [
      ...[...new Set(routes.map(tagOf))].map((name) => ({ name })),
      { name: 'deliveries', description: 'What webhooks get.' },
    ],
    paths,
    webhooks,
    components: {
      schemas: { ...onlyNamed(resourceSchemas(), [paths, webhooks]), errors: errorsSchema },
      parameters: headerParameters,
      headers: { ...answerHeaders, ...quotaHeaders, ...unavailableHeaders },
      responses: refusalResponses(examples.operations),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key. The roles of an operation are the permissions that the key needs.',
        },
      },
    },
  };
}

/** Schemas that `parts` refer to. Those of resources refer to no other. */
function onlyNamed(schemas: JsonObject, parts: readonly JsonObject[]): JsonObject {
  const text = JSON.stringify(parts);
  const isNamed = (name: string): boolean => text.includes(`"#/components/schemas/${name}"`);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => isNamed(name)));
}

function pathsOf(routes: readonly Route[], { operations }: Examples): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const path = templateOf(route.path);
    paths[path] = { ...paths[path], [route.method]: operationOf(route, operations) };
  }
  return paths;
}
