import { isJsonObject, resourceDeclarations, type Json, type JsonObject } from '@credence/contract';
import { refusalsOf } from '../hold-to-reference.ts';
import type { Route } from '../route.ts';
import type { ExampleExchange, OperationExamples } from './examples.ts';
import { parametersOf } from './parameters.ts';
import { anyResource, describedAttribute } from './resource-schemas.ts';
import { headersOf, refusalsByStatus } from './responses.ts';
import { jsonSchemaOf } from './zod-schema.ts';

/** One route as OpenAPI describes it. */
export function operationOf(route: Route, examples: OperationExamples): JsonObject {
  const { reference, permission } = route;
  const answers = examples.get(reference.id);
  const body = requestBody(route, answers);
  return {
    operationId: reference.id,
    tags: [tagOf(route)],
    summary: reference.summary,
    description: [reference.description, permissionNeeded(permission)]
      .filter((part) => part !== undefined)
      .join('\n\n'),
    'x-permission': permission,
    security: [{ bearer: permission === null ? [] : [permission] }],
    parameters: parametersOf(route),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...successes(route, answers), ...refusalsByStatus(refusalsOf(route), answers) },
  };
}

function permissionNeeded(permission: Route['permission']): string {
  return permission === null ? 'Any key may.' : `The key needs the permission \`${permission}\`.`;
}

/** Collections of one kind, by the group that has all kinds. */
const groups: Readonly<Record<string, string>> = { document: 'documents', verification: 'verifications' };

/** The part of the path that operations are grouped by. */
export function tagOf({ path }: Route): string {
  const collection = path.split('/')[1] ?? '';
  return groups[collection] ?? collection;
}

type Answers = ReadonlyMap<number, ExampleExchange> | undefined;

function requestBody({ reference }: Route, answers: Answers): JsonObject | undefined {
  const { body, answer } = reference;
  if (body === undefined) return undefined;
  const schema = withDescriptions(jsonSchemaOf(body), answer.types[0] ?? '');
  const example = answer.statuses
    .map((status) => answers?.get(status)?.request)
    .find((each) => each !== undefined);
  return {
    required: !body.safeParse({}).success,
    content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
  };
}

/** Says of each attribute in the request what the contract says of it in the answer. */
function withDescriptions(schema: JsonObject, type: string): JsonObject {
  return inside(schema, ['properties', 'data', 'properties', 'attributes', 'properties'], (attributes) =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => {
        const description = describedAttribute(type, name);
        const isSilent = isJsonObject(attribute) && attribute['description'] === undefined;
        return [name, isSilent && description !== undefined ? { ...attribute, description } : attribute];
      }),
    ),
  );
}

function inside(
  value: JsonObject,
  path: readonly string[],
  change: (value: JsonObject) => JsonObject,
): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return change(value);
  const member = value[name];
  return isJsonObject(member) ? { ...value, [name]: inside(member, rest, change) } : value;
}

function successes(route: Route, answers: Answers): JsonObject {
  const { summary, answer } = route.reference;
  return Object.fromEntries(
    answer.statuses.map((status) => {
      const example = answers?.get(status)?.answer;
      const content = { schema: answerSchema(route), ...(example === undefined ? {} : { example }) };
      return [
        String(status),
        {
          description: `${summary}.`,
          headers: headersOf(status, route.creates !== undefined),
          content: { 'application/json': content },
        },
      ];
    }),
  );
}

/** The body of a success. */
export function answerSchema(route: Route): JsonObject {
  const { answer } = route.reference;
  const resource = anyResource(answer.types);
  const included = includedTypes(route);
  const properties: Record<string, Json> = {
    data: answer.data === 'many' ? { type: 'array', items: resource } : resource,
    ...(route.filters === undefined ? {} : { links }),
    ...(included.length === 0 ? {} : { included: { type: 'array', items: anyResource(included) } }),
    ...(answer.meta === undefined ? {} : { meta: jsonSchemaOf(answer.meta) }),
  };
  const required = ['data', ...(route.filters === undefined ? [] : ['links'])];
  return { type: 'object', properties, required, additionalProperties: false };
}

const link: JsonObject = { type: ['string', 'null'], description: 'Relative; null where the list ends.' };

const links: JsonObject = {
  type: 'object',
  properties: { prev: link, next: link },
  required: ['prev', 'next'],
  additionalProperties: false,
};

/** Types that `include` can bring: what the relationships of that name point to, as far as there are such resources. */
function includedTypes({ includes = [], reference }: Route): string[] {
  const pointed = reference.answer.types.flatMap((type) =>
    includes.flatMap((name) => resourceDeclarations[type]?.relationships?.[name]?.types ?? []),
  );
  return [...new Set(pointed)].filter((type) => Object.hasOwn(resourceDeclarations, type));
}
