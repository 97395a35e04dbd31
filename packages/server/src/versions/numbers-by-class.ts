import type { Json, Resource } from '@credence/contract';
import { withAttributes } from './added-attributes.ts';
import { fieldValue } from './field-value.ts';

const namesOfNumbers = ['driver-license-number', 'passport-number'] as const;

/** What the number of an `id-class` was called. */
const nameByClass: Readonly<Record<string, (typeof namesOfNumbers)[number]>> = {
  dl: 'driver-license-number',
  pp: 'passport-number',
};

/**
 * Before 2021-02-21 the number of a driving licence or a passport has an attribute of its own: on a government id
 * verification beside `identification-number`, by its `id-class`; on an inquiry where its `fields` have one of that
 * name. An inquiry does not know the class of its `identification-number`, so that one is not said twice.
 */
export function numbersUnderTheirClass(resource: Resource): Resource {
  const { attributes } = resource;
  if (resource.type === 'inquiry') {
    return withAttributes(
      resource,
      namesOfNumbers.map((name) => [name, fieldValue(attributes['fields'], name)] as const),
    );
  }
  if (resource.type !== 'verification/government-id') return resource;
  const name = nameOf(attributes['id-class']);
  return name === undefined
    ? resource
    : withAttributes(resource, [[name, attributes['identification-number']]]);
}

function nameOf(idClass: Json | undefined): string | undefined {
  return typeof idClass === 'string' && Object.hasOwn(nameByClass, idClass)
    ? nameByClass[idClass]
    : undefined;
}
