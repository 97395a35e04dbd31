/** Any JSON value, as text would parse to. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** One JSON:API resource object. Attribute names are in kebab-case. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: JsonObject;
  readonly relationships?: Readonly<Record<string, { readonly data: Json }>>;
}
