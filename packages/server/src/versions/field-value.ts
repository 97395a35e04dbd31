import { isJsonObject, type Json } from '@credence/contract';

/** The value inside `{ type, value }`; undefined where the field is not there, or is not shown. */
export function fieldValue(fields: Json | undefined, key: string): Json | undefined {
  if (!isJsonObject(fields) || !Object.hasOwn(fields, key)) return undefined;
  const field = fields[key];
  return isJsonObject(field) && Object.hasOwn(field, 'value') ? field['value'] : undefined;
}
