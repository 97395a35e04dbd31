import { isJsonObject, type Json, type Resource } from '@credence/contract';
import { withAttributes } from './added-attributes.ts';

/**
 * Before 2021-07-05 an inquiry says who decided it by the attributes `reviewer` and `reviewer-type` in place of the
 * relationship `reviewer`: `api` for a decision that came by the API, else the id and the type of what the
 * relationship points at. (Persona wrote a user's e-mail address; the id is what a resource of ours knows.)
 */
export function reviewerAsAttribute(resource: Resource): Resource {
  if (resource.type !== 'inquiry') return resource;
  const { relationships, ...rest } = resource;
  const { reviewer, ...others } = relationships ?? {};
  const [name, type] = reviewerOf(reviewer?.data, resource.attributes['decisioned-at']);
  const named = withAttributes(rest, [
    ['reviewer', name],
    ['reviewer-type', type],
  ]);
  return relationships === undefined ? named : { ...named, relationships: others };
}

function reviewerOf(link: Json | undefined, decidedAt: Json | undefined): readonly [Json, Json] {
  if (isJsonObject(link)) return [link['id'] ?? null, link['type'] ?? null];
  return typeof decidedAt === 'string' ? ['api', 'api'] : [null, null];
}
