import {
  isJsonObject,
  resourceDeclarations,
  type AttributeDeclaration,
  type JsonObject,
  type RelationshipDeclaration,
  type ResourceDeclaration,
} from '@credence/contract';

/** The name of a type's schema among the document's components. */
export function schemaName(type: string): string {
  return type.replaceAll('/', '-');
}

export function resourceRef(type: string): JsonObject {
  return { $ref: `#/components/schemas/${schemaName(type)}` };
}

/** A resource of one of `types`. */
export function anyResource(types: readonly string[]): JsonObject {
  const [first, ...others] = types;
  if (first !== undefined && others.length === 0) return resourceRef(first);
  const mapping = Object.fromEntries(types.map((type) => [type, resourceRef(type)['$ref'] ?? null]));
  return { oneOf: types.map(resourceRef), discriminator: { propertyName: 'type', mapping } };
}

/** A schema for each resource, by its name. */
export function resourceSchemas(): JsonObject {
  return Object.fromEntries(
    Object.entries(resourceDeclarations).map(([type, declaration]) => [
      schemaName(type),
      resourceSchema(type, declaration),
    ]),
  );
}

function resourceSchema(type: string, declaration: ResourceDeclaration): JsonObject {
  const { description, idPrefix, attributes, relationships } = declaration;
  const properties: Record<string, JsonObject> = {
    type: { const: type },
    id: { type: 'string', ...(idPrefix === null ? {} : { pattern: `^${idPrefix}_[0-9A-Za-z]+$` }) },
    attributes: {
      type: 'object',
      description: 'None is required, because `fields` can leave any of them out.',
      properties: mapValues(attributes, attributeSchema),
      additionalProperties: false,
    },
  };
  if (relationships !== undefined) {
    properties['relationships'] = {
      type: 'object',
      properties: mapValues(relationships, relationshipSchema),
      additionalProperties: false,
    };
  }
  const required = idPrefix === null ? ['type', 'attributes'] : ['type', 'id', 'attributes'];
  return { type: 'object', description, properties, required, additionalProperties: false };
}

const hiddenNote = 'Personal: shown only where the key or webhook discloses it.';

function attributeSchema({ class: attributeClass, schema }: AttributeDeclaration): JsonObject {
  if (attributeClass === 'public') return schema;
  const { description } = schema;
  const said = typeof description === 'string' ? `${description} ${hiddenNote}` : hiddenNote;
  return { ...schema, description: said, 'x-personal': true };
}

function relationshipSchema({ kind, types }: RelationshipDeclaration): JsonObject {
  const link: JsonObject = {
    type: 'object',
    properties: {
      type: types.length === 0 ? { type: 'string' } : { type: 'string', enum: types },
      id: { type: 'string' },
    },
    required: ['type', 'id'],
    additionalProperties: false,
  };
  const empty = types.length === 0 ? { maxItems: 0 } : {};
  const data =
    kind === 'many' ? { type: 'array', items: link, ...empty } : { ...link, type: ['object', 'null'] };
  return { type: 'object', properties: { data }, required: ['data'], additionalProperties: false };
}

/** What the contract says of an attribute of `type`; for requests, which take the same ones. */
export function describedAttribute(type: string, name: string): string | undefined {
  const schema = resourceDeclarations[type]?.attributes[name]?.schema;
  const description = isJsonObject(schema) ? schema['description'] : undefined;
  return typeof description === 'string' ? description : undefined;
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
