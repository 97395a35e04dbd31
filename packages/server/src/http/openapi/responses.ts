import { errorCatalogue, type ErrorCode, type Json, type JsonObject } from '@credence/contract';
import type { ExampleExchange, OperationExamples } from './examples.ts';

const integer: JsonObject = { type: 'integer', minimum: 0 };

/** Headers of answers; named in the document's components. */
export const answerHeaders: JsonObject = {
  'Request-Id': {
    description: 'The id of the request.',
    schema: { type: 'string', pattern: '^req_[0-9A-Za-z]+$' },
  },
  'Persona-Environment-Id': {
    description: 'The environment of the key.',
    schema: { type: 'string', pattern: '^env_[0-9A-Za-z]+$' },
  },
  'Persona-Organization-Id': {
    description: 'The organization of the key.',
    schema: { type: 'string', pattern: '^org_[0-9A-Za-z]+$' },
  },
  'RateLimit-Limit': { description: 'Requests that a window allows the environment.', schema: integer },
  'RateLimit-Remaining': { description: 'Requests that are left in this window.', schema: integer },
  'RateLimit-Reset': { description: 'Seconds until the next window.', schema: integer },
};

/** Headers of answers to what a quota may be set on; named in the document's components. */
export const quotaHeaders: JsonObject = {
  'Quota-Limit': {
    description: 'What a window allows the environment to create. Absent where no quota is set.',
    schema: integer,
  },
  'Quota-Remaining': { description: 'What may still be created in this window.', schema: integer },
  'Quota-Reset': { description: 'Seconds until the next window.', schema: integer },
};

/** Headers of 503; named in the document's components. */
export const unavailableHeaders: JsonObject = {
  'Retry-After': { description: 'Seconds after which the request may be sent again.', schema: integer },
};

/** Statuses of requests that are refused before anybody looks at their key: the answer has its id only. */
const beforeTheKey: ReadonlySet<number> = new Set([401, 408, 414, 417, 431]);

/** What the answer to a request has. `hasQuota`: it is for a route that creates what a quota may be set on. */
export function headersOf(status: number, hasQuota: boolean): JsonObject {
  const names = [
    'Request-Id',
    ...(beforeTheKey.has(status) ? [] : Object.keys(answerHeaders)),
    ...(hasQuota && (status < 300 || status === 429) ? Object.keys(quotaHeaders) : []),
    ...(status === 503 ? Object.keys(unavailableHeaders) : []),
  ];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

export const errorsSchema: JsonObject = {
  type: 'object',
  description: 'A refusal.',
  properties: {
    errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          title: { type: 'string', description: 'What kind of refusal it is.' },
          details: { type: 'string', description: 'What was wrong, what was expected, and where.' },
          source: {
            type: 'object',
            properties: { pointer: { type: 'string', description: 'JSON pointer into the request body.' } },
            required: ['pointer'],
            additionalProperties: false,
          },
        },
        required: ['title'],
        additionalProperties: false,
      },
    },
  },
  required: ['errors'],
  additionalProperties: false,
};

/** Whose example stands for all: any operation that was really refused so. */
function anyExample(examples: OperationExamples, status: number): ExampleExchange | undefined {
  for (const answers of examples.values()) {
    const example = answers.get(status);
    if (example !== undefined) return example;
  }
  return undefined;
}

function titlesOf(status: number, codes: readonly ErrorCode[]): string {
  const titles = codes.filter((code) => errorCatalogue[code].status === status);
  return [...new Set(titles.map((code) => errorCatalogue[code].title))].join(', or ');
}

interface Refused {
  readonly description: string;
  readonly status: number;
  readonly example: Json | undefined;
  readonly hasQuota?: boolean;
}

function response({ description, status, example, hasQuota = false }: Refused): JsonObject {
  const content = {
    schema: { $ref: '#/components/schemas/errors' },
    ...(example === undefined ? {} : { example }),
  };
  return { description, headers: headersOf(status, hasQuota), content: { 'application/json': content } };
}

/** A refusal for each status of the catalogue, by that status. */
export function refusalResponses(examples: OperationExamples): JsonObject {
  // Object.keys gives the catalogue's own keys.
  const all = Object.keys(errorCatalogue) as ErrorCode[];
  // What no operation answers is told of in the document's description.
  const codes = all.filter((code) => code !== 'route_not_found' && code !== 'method_not_allowed');
  return Object.fromEntries(
    statusesOf(codes).map((status) => [
      `refusal-${String(status)}`,
      response({
        description: titlesOf(status, codes),
        status,
        example: anyExample(examples, status)?.answer,
      }),
    ]),
  );
}

/** The refusals of one operation, by status. One that has an example of its own says so itself. */
export function refusalsByStatus(
  codes: readonly ErrorCode[],
  examples: ReadonlyMap<number, ExampleExchange> | undefined,
): JsonObject {
  const hasQuota = codes.includes('quota_exceeded');
  return Object.fromEntries(
    statusesOf(codes).map((status) => {
      const example = examples?.get(status)?.answer;
      const isShared = example === undefined && !(hasQuota && status === 429);
      return [
        String(status),
        isShared
          ? { $ref: `#/components/responses/refusal-${String(status)}` }
          : response({ description: titlesOf(status, codes), status, example, hasQuota }),
      ];
    }),
  );
}

function statusesOf(codes: readonly ErrorCode[]): number[] {
  return [...new Set(codes.map((code) => errorCatalogue[code].status))].toSorted((one, other) => one - other);
}
