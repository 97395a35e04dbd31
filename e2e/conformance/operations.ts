import { routes } from '@credence/server/internals/http/routes/index';
import type { PersonaDocument, PersonaValidator } from '@credence/server/internals/testing/persona-openapi';
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
      })),
  );
}

/** Operations, as `get /inquiries/{inquiry-id}`, for which there is a route. */
export function builtOperations({ operationOf }: PersonaValidator): ReadonlySet<string> {
  return new Set(
    routes.flatMap(({ method, path }) => operationOf(method, path.replaceAll(/:\w+/g, 'x')) ?? []),
  );
}
