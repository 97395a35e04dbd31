import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ownAttributes } from '@credence/contract';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

// Built with the server, unlike the rest of testing/: the conformance program judges by it as well.

/** JSON of a shape that only the document knows. */
export type AnyJson = any;

/** Persona's OpenAPI document, as much of it as is read here. */
export interface PersonaDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, AnyJson>>>>;
  readonly webhooks: Readonly<Record<string, { readonly post: AnyJson }>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, AnyJson>>>>;
}

export interface CheckedAnswer {
  readonly method: string;
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly json: AnyJson;
}

export interface PersonaValidator {
  readonly document: PersonaDocument;
  /** The operation that a request is for, as `get /inquiries/{inquiry-id}`. */
  operationOf(method: string, path: string): string | undefined;
  /** What of a request's body is not as the document says. */
  requestProblems(method: string, path: string, body: unknown): string[];
  /** What of an answer is not as the document says: status, body, headers. */
  answerProblems(answer: CheckedAnswer): string[];
  /** What of a delivered event is not as the document's webhook of that name says: body, headers. */
  eventProblems(json: AnyJson, headers: Readonly<Record<string, unknown>>): string[];
  /** Names of a resource's attributes, by the name of its schema in the document. */
  attributesOf(schemaName: string): string[];
}

/** The document beside the repository, or the one that PERSONA_OPENAPI names; undefined where neither is. */
export function readPersonaDocument(): PersonaDocument | undefined {
  const path = personaDocumentPath();
  return path === undefined ? undefined : JSON.parse(readFileSync(path, 'utf8'));
}

export function personaDocumentPath(): string | undefined {
  const beside = new URL('../../../../../shared/persona-openapi/2025-12-08.json', import.meta.url);
  const path = process.env['PERSONA_OPENAPI'] ?? fileURLToPath(beside);
  return existsSync(path) ? path : undefined;
}

/** Where HTTP has a better word than the document, the wire contract takes it. */
const betterWords: ReadonlySet<number> = new Set([413, 414, 415, 431]);

/** Where the document forgot a status that it lists for everything like it: an id that nobody has is 404. */
const forgotten: ReadonlySet<string> = new Set(['get /api-keys/{api-key-id} 404']);

export function personaValidator(document: PersonaDocument): PersonaValidator {
  const compile = compiler(document);
  const operations = Object.entries(document.paths).map(([path, methods]) => ({
    path,
    methods,
    pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  }));

  const find = (path: string) => {
    const [bare = ''] = path.split('?');
    const found = operations.filter(({ pattern }) => pattern.test(bare));
    return found.find(({ path: template }) => template === bare) ?? found[0];
  };
  const resolve = (value: AnyJson): AnyJson =>
    typeof value?.$ref === 'string'
      ? value.$ref
          .split('/')
          .slice(1)
          .reduce((at: AnyJson, name: string) => at[name], document)
      : value;

  return {
    document,
    operationOf(method, path) {
      const operation = find(path);
      const name = method.toLowerCase();
      return operation?.methods[name] === undefined ? undefined : `${name} ${operation.path}`;
    },
    requestProblems(method, path, body) {
      const documented = resolve(find(path)?.methods[method.toLowerCase()]?.requestBody);
      if (documented === undefined) return [`The document has no body for ${method} ${path}`];
      return problemsOf(compile(documented.content['application/json'].schema), body);
    },
    answerProblems({ method, path, status, headers, json }) {
      const found = find(path);
      const operation = found?.methods[method.toLowerCase()];
      if (operation === undefined) return [`The document has no ${method} ${path}`];
      if (forgotten.has(`${method.toLowerCase()} ${found?.path ?? ''} ${String(status)}`)) return [];
      const response = resolve(operation.responses[String(status)]);
      if (response === undefined) {
        return betterWords.has(status) ? [] : [`${method} ${path} does not document ${String(status)}`];
      }
      const validate = compile(response.content['application/json'].schema);
      return [
        ...problemsOf(validate, withoutOwnAttributes(json)),
        ...headerProblems(response.headers ?? {}, (name) => headers.get(name), resolve),
      ];
    },
    eventProblems(json, headers) {
      const name = json?.data?.attributes?.name;
      const webhook = document.webhooks[name]?.post;
      if (webhook === undefined) return [`The document has no webhook ${String(name)}`];
      const documented = Object.fromEntries(
        webhook.parameters.map(resolve).map((parameter: AnyJson) => [parameter.name, parameter]),
      );
      return [
        ...problemsOf(compile(webhook.requestBody.content['application/json'].schema), json),
        ...headerProblems(documented, (header) => headers[header.toLowerCase()], resolve),
      ];
    },
    attributesOf(schemaName) {
      const names = (schema: AnyJson): string[] => {
        const { properties = {}, allOf = [] } = resolve(schema);
        return [...Object.keys(properties), ...allOf.flatMap(names)];
      };
      return names(document.components['schemas']?.[schemaName].properties.attributes).toSorted();
    },
  };
}

/** Compiles a schema of the document once. Each of its named schemas is one of ajv's, so that all share it. */
function compiler(document: PersonaDocument): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateSchema: false,
    logger: false,
    // Compiles a few hundred schemas three times faster; what it compiles to runs a few times only.
    inlineRefs: false,
    code: { optimize: false },
  });
  formats.default(ajv);
  for (const [name, schema] of Object.entries(document.components['schemas'] ?? {})) {
    ajv.addSchema(withAbsoluteRefs(schema), absolute(name));
  }
  const compiled = new Map<object, ValidateFunction>();
  return (schema) => {
    const validate = compiled.get(schema) ?? ajv.compile(withAbsoluteRefs(schema));
    compiled.set(schema, validate);
    return validate;
  };
}

function absolute(name: string): string {
  return `persona:schemas/${name}`;
}

function withAbsoluteRefs(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', `"${absolute('')}`));
}

function problemsOf(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${String(message)} ${JSON.stringify(params)}`,
  );
}

/** The documented headers are there and have the documented type. */
function headerProblems(
  documented: Readonly<Record<string, AnyJson>>,
  valueOf: (name: string) => unknown,
  resolve: (value: AnyJson) => AnyJson,
): string[] {
  return Object.entries(documented).flatMap(([name, reference]) => {
    const value = valueOf(name);
    if (typeof value !== 'string' || value === '') return [`Header ${name} is missing`];
    const { type } = resolve(reference).schema;
    return type === 'integer' && !/^\d+$/.test(value) ? [`Header ${name} is no integer: ${value}`] : [];
  });
}

/** A copy without what Credence adds to Persona's resources: the closed list of the contract, nothing else. */
export function withoutOwnAttributes(json: AnyJson): AnyJson {
  const strip = (resource: AnyJson): AnyJson => {
    const own: readonly string[] =
      Object.entries(ownAttributes).find(([type]) => type === resource?.type)?.[1] ?? [];
    if (own.length === 0) return resource;
    const kept = Object.entries(resource.attributes).filter(([name]) => !own.includes(name));
    return { ...resource, attributes: Object.fromEntries(kept) };
  };
  if (json?.data === undefined) return json;
  return { ...json, data: Array.isArray(json.data) ? json.data.map(strip) : strip(json.data) };
}
