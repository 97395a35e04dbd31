import { routes } from '@credence/server/internals/http/routes/index';
import type {
  AnyJson,
  PersonaDocument,
  PersonaValidator,
} from '@credence/server/internals/testing/persona-openapi';
import type { Operation } from './generic.ts';

const methods: readonly string[] = ['get', 'post', 'put', 'patch', 'delete'];

export function operationsOf(document: PersonaDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, members]) =>
    Object.entries(members)
      .filter(([method]) => methods.includes(method))
      .map(([method, operation]) => ({
        id: operation.operationId,
        name: `${method} ${path}`,
        method,
        path,
        statuses: Object.keys(operation.responses).map(Number),
        takesBody: operation.requestBody !== undefined,
        includes: includesOf(document, operation),
      })),
  );
}

/** Names of the relationships of all that the operation's successes can hold, where it has the parameter `include`. */
function includesOf(document: PersonaDocument, operation: AnyJson): string[] {
  const parameters: readonly AnyJson[] = operation.parameters ?? [];
  if (!parameters.some((parameter) => resolve(document, parameter).name === 'include')) return [];
  const names = Object.entries<AnyJson>(operation.responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, response]) => resolve(document, response).content?.['application/json']?.schema)
    .flatMap((schema) => relationshipsIn(document, schema?.properties?.data));
  return [...new Set(names)];
}

/** Of a resource, of one of several, or of a list of them. */
function relationshipsIn(document: PersonaDocument, reference: AnyJson): string[] {
  const { properties, items, allOf = [], anyOf = [], oneOf = [] } = resolve(document, reference) ?? {};
  const own = resolve(document, properties?.relationships)?.properties ?? {};
  const others: readonly AnyJson[] = [...allOf, ...anyOf, ...oneOf, ...(items === undefined ? [] : [items])];
  return [...Object.keys(own), ...others.flatMap((other) => relationshipsIn(document, other))];
}

function resolve(document: PersonaDocument, value: AnyJson): AnyJson {
  if (typeof value?.$ref !== 'string') return value;
  const names: readonly string[] = value.$ref.split('/').slice(1);
  return names.reduce((at: AnyJson, name) => at[name], document);
}

/** Operations, as `get /inquiries/{inquiry-id}`, for which there is a route. */
export function builtOperations({ operationOf }: PersonaValidator): ReadonlySet<string> {
  return new Set(
    routes.flatMap(({ method, path }) => operationOf(method, path.replaceAll(/:\w+/g, 'x')) ?? []),
  );
}
