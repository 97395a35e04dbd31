/** To the receivers' process. */
export type Order =
  | { readonly kind: 'trust'; readonly key: string; readonly secrets: readonly string[] }
  | { readonly kind: 'finish' };

/** From it. */
export type Report =
  | { readonly kind: 'listening'; readonly urls: Readonly<Record<string, string>> }
  | { readonly kind: 'finished'; readonly lines: number };
