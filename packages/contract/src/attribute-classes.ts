import type { Json, JsonObject } from './json.ts';
import { resourceDeclarations } from './resources/catalogue.ts';
import type { AttributeClass, ResourceDeclaration } from './resources/declare.ts';

export interface AttributeClasses {
  readonly attributes: Readonly<Record<string, AttributeClass>>;
  /** What stands in for a personal attribute that Persona's document requires to be present. */
  readonly whenHidden: JsonObject;
}

/** The class of every attribute of every resource, as the declarations say it. */
export const attributeClasses: Readonly<Record<string, AttributeClasses>> = Object.fromEntries(
  Object.entries(resourceDeclarations).map(([type, declaration]) => [type, classesOf(declaration)]),
);

function classesOf({ attributes }: ResourceDeclaration): AttributeClasses {
  const declared = Object.entries(attributes);
  return {
    attributes: Object.fromEntries(declared.map(([name, attribute]) => [name, attribute.class])),
    whenHidden: Object.fromEntries(
      declared.flatMap(([name, { whenHidden }]) => (whenHidden === undefined ? [] : [[name, whenHidden]])),
    ),
  };
}

export interface ClassifiedAttributes {
  readonly public: JsonObject;
  readonly personal: JsonObject;
}

/**
 * Parts a resource's attributes by class. What the contract does not know counts as personal:
 * forgetting to class a new attribute hides it, and never leaks it.
 */
export function classifyAttributes(type: string, attributes: JsonObject): ClassifiedAttributes {
  const classes = ownMember(attributeClasses, type);
  // Only declared names are set in it, and none of them is `__proto__`.
  const open: Record<string, Json> = {};
  const personal: [string, Json][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (ownMember(classes?.attributes, name) === 'public') open[name] = value;
    else {
      personal.push([name, value]);
      const hidden = ownMember(classes?.whenHidden, name);
      if (hidden !== undefined) open[name] = hidden;
    }
  }
  // fromEntries defines own properties, so that a name `__proto__` stays data.
  return { public: open, personal: Object.fromEntries(personal) };
}

/** What `record` itself says of `name`; never what every object inherits, such as `constructor`. */
function ownMember<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
