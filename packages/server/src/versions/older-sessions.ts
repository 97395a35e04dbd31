import type { Resource } from '@credence/contract';
import { withAttributes } from './added-attributes.ts';

/**
 * Before 2021-08-18 an inquiry session has the attribute `browser-fingerprint` in place of the relationship
 * `device`, and a generic document calls its `extraction-responses` `extraction-results`. Credence takes no
 * fingerprint, so it is null.
 */
export function olderSessionsAndExtractions(resource: Resource): Resource {
  if (resource.type === 'inquiry-session') return withFingerprint(resource);
  if (resource.type === 'document/generic') return withExtractionResults(resource);
  return resource;
}

function withFingerprint(resource: Resource): Resource {
  const { relationships, ...rest } = withAttributes(resource, [['browser-fingerprint', null]]);
  if (relationships === undefined) return rest;
  const { device: _device, ...others } = relationships;
  return { ...rest, relationships: others };
}

function withExtractionResults(resource: Resource): Resource {
  const { 'extraction-responses': responses, ...others } = resource.attributes;
  if (responses === undefined) return resource;
  return { ...resource, attributes: { ...others, 'extraction-results': responses } };
}
