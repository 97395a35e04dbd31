import type { Document, Resource } from './document.ts';

/**
 * Rewrites each resource; `index` is 0 for `data` and i + 1 for `included[i]`, as in `PersonalAttributes`.
 * Returns the document itself when every resource came back as it was.
 */
export function mapResources(
  document: Document,
  rewrite: (resource: Resource, index: number) => Resource,
): Document {
  const data = rewrite(document.data, 0);
  const included = document.included.map((resource, index) => rewrite(resource, index + 1));
  const isUnchanged = included.every((resource, index) => resource === document.included[index]);
  if (isUnchanged && data === document.data) return document;
  return { ...document, data, included: isUnchanged ? document.included : included };
}
