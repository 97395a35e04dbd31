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

/** What an answer to a request with a key has; one without has its id only. */
export function headersOf(isAuthenticated: boolean): JsonObject {
  const names = isAuthenticated ? Object.keys(answerHeaders) : ['Request-Id'];
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

function response(description: string, status: number, example: Json | undefined): JsonObject {
  const content = {
    schema: { $ref: '#/components/schemas/errors' },
    ...(example === undefined ? {} : { example }),
  };
  return { description, headers: headersOf(status !== 401), content: { 'application/json': content } };
}

/** A refusal for each status of the catalogue, by that status. */
export function refusalResponses(examples: OperationExamples): JsonObject {
  // Object.keys gives the catalogue's own keys.
  const codes = Object.keys(errorCatalogue) as ErrorCode[];
  return Object.fromEntries(
    statusesOf(codes).map((status) => [
      `refusal-${String(status)}`,
      response(titlesOf(status, codes), status, anyExample(examples, status)?.answer),
    ]),
  );
}

/** The refusals of one operation, by status. One that has an example of its own says so itself. */
export function refusalsByStatus(
  codes: readonly ErrorCode[],
  examples: ReadonlyMap<number, ExampleExchange> | undefined,
): JsonObject {
  return Object.fromEntries(
    statusesOf(codes).map((status) => {
      const example = examples?.get(status);
      return [
        String(status),
        example === undefined
          ? { $ref: `#/components/responses/refusal-${String(status)}` }
          : response(titlesOf(status, codes), status, example.answer),
      ];
    }),
  );
}

function statusesOf(codes: readonly ErrorCode[]): number[] {
  return [...new Set(codes.map((code) => errorCatalogue[code].status))].toSorted((one, other) => one - other);
}
