import { limits, type Json } from '@credence/contract';
import { isCalendarDate } from '../calendar-date.ts';
import type { FieldSchema } from '../db/queries/templates.ts';
import { Refusal } from '../refusal.ts';

/** Characters of a key that a refusal repeats. */
const shownKeyLength = 100;

/** Checks field values against their template. Throws `record_invalid`, which names the field and what it takes. */
export function checkFields(
  schemas: readonly FieldSchema[],
  values: Readonly<Record<string, Json>>,
): Readonly<Record<string, Json>> {
  const known = new Map(schemas.map((schema) => [schema.key, schema]));
  for (const [key, value] of Object.entries(values)) {
    const problem = fieldProblem(known.get(key), value);
    if (problem !== undefined) {
      const name = key.slice(0, shownKeyLength);
      throw new Refusal('record_invalid', {
        details: `data.attributes.fields.${name.replaceAll('-', '_')} ${problem}${
          known.has(key) ? '' : `; the template has ${[...known.keys()].join(', ')}`
        }`,
        pointer: `/data/attributes/fields/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      });
    }
  }
  return values;
}

function fieldProblem(schema: FieldSchema | undefined, value: Json): string | undefined {
  if (schema === undefined) return 'is not a field of the template';
  if (value === null) return undefined;
  if (typeof value !== 'string') return 'must be a string or null';
  if (value.length > limits.fieldLength) return `must have at most ${String(limits.fieldLength)} characters`;
  if (schema.type === 'date' && !isCalendarDate(value)) return 'must be a date as YYYY-MM-DD';
  return undefined;
}
