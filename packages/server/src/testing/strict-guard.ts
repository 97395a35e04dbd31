import { resourceDeclarations, type Resource } from '@credence/contract';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { answerSchema } from '../http/openapi/operation.ts';
import { resourceSchemas, schemaName } from '../http/openapi/resource-schemas.ts';
import { routes } from '../http/routes/index.ts';
import type { OutputGuard } from '../output-guard.ts';

// Built with the server, unlike the rest of testing/: the conformance program lives under it as well.

/**
 * The guard of tests: throws where production logs, and checks the whole of each answer and of each recorded event
 * against our own schemas. Schemas are compiled when they are first needed, once in a process.
 */
export const strictGuard: OutputGuard = {
  undeclared(where, what) {
    throw new Error(`${where}: ${what.join(', ')} is not declared.`);
  },
  answered({ method, path, status, body }) {
    require(`${method} ${path} ${String(status)}`, validatorOf(method, path), body);
  },
  recorded(eventName, { document, personal }) {
    for (const [index, resource] of [document.data, ...document.included].entries()) {
      requireResource(eventName, resource);
      const { type, id } = resource;
      requireResource(eventName, { type, id, attributes: personal.get(index) ?? {} });
    }
  },
};

function requireResource(where: string, resource: Resource): void {
  if (!Object.hasOwn(resourceDeclarations, resource.type)) throw new Error(`${where}: ${resource.type}?`);
  require(where, resourceValidator(resource.type), resource);
}

function require(where: string, validate: ValidateFunction, value: unknown): void {
  if (validate(value)) return;
  const problems = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${String(message)} ${JSON.stringify(params)}`,
  );
  throw new Error(`${where} is not as our own document says: ${problems.join('; ')}`);
}

/** Schemas of our own document as one of ajv's, so that references within it are found. */
export function ownSchemas(components: object): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateSchema: false,
    inlineRefs: false,
    code: { optimize: false },
  });
  formats.default(ajv);
  return ajv.addSchema({ $id: documentId, components: { schemas: components } });
}

const documentId = 'credence:document';

/** The same schema with its references into the document made whole. */
export function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', `"${documentId}#/components/`));
}

let ajv: Ajv2020 | undefined;
const validators = new Map<string, ValidateFunction>();

function compiled(name: string, schema: () => object): ValidateFunction {
  ajv ??= ownSchemas(resourceSchemas());
  const validate = validators.get(name) ?? ajv.compile(absolute(schema()));
  validators.set(name, validate);
  return validate;
}

function validatorOf(method: string, path: string): ValidateFunction {
  return compiled(`${method} ${path}`, () => {
    const route = routes.find((each) => each.method === method && each.path === path);
    if (route === undefined) throw new Error(`There is no route ${method} ${path}.`);
    return answerSchema(route);
  });
}

function resourceValidator(type: string): ValidateFunction {
  return compiled(type, () => ({ $ref: `#/components/schemas/${schemaName(type)}` }));
}
