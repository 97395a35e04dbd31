import { isJsonArray, isJsonObject, type Json, type JsonObject } from '@credence/contract';
import { canonicalKey, canonicalType } from '../privacy/canonical-key.ts';
import { isExempt, isNamed, type PatternSet, type Place } from '../privacy/patterns.ts';
import { isPublicParam } from './public-params.ts';

/** `get-params` and `post-params` of a request. */
export type Params = Readonly<Record<'get-params' | 'post-params', JsonObject>>;

/** What anybody may see of the parameters; `isWhole` where that is all of them. */
export function publicParams(type: string, params: Params): { shown: Params; isWhole: boolean } {
  let isWhole = true;
  const shown = select(params, (path) => {
    const isPublic = isPublicParam(type, path);
    isWhole &&= isPublic;
    return isPublic;
  });
  return { shown, isWhole };
}

/**
 * What a key with these patterns may see: what is public, and what a pattern names, at any depth. A pattern is tried
 * where the value stands in the log (`/data/attributes/request/post-params/meta/comment?type=api-log`), and where it
 * stands in the resource that the request is about (`/data/attributes/fields/birthdate?type=inquiry`); a simple one
 * (`name-first`, `*`) names its key in both. An exemption wins for all that is below it, but for what is public.
 */
export function disclosedParams(type: string, params: Params, patterns: PatternSet): Params {
  return select(params, (path, standing) => standing === 'open' || isPublicParam(type, path), {
    type,
    patterns,
  });
}

/** What the keys on the way to a value say: nothing, a pattern named one of them, an exemption did. */
type Standing = 'plain' | 'open' | 'closed';
type IsShown = (path: readonly string[], standing: Standing) => boolean;

interface Disclosure {
  readonly type: string;
  readonly patterns: PatternSet;
}

function select(params: Params, isShown: IsShown, disclosure?: Disclosure): Params {
  const part = (name: keyof Params): JsonObject => {
    const path = [name];
    const standing = stand('plain', path, disclosure);
    const members = Object.entries(params[name]);
    return membersOf(members, { path, standing, isShown, disclosure });
  };
  return { 'get-params': part('get-params'), 'post-params': part('post-params') };
}

interface Walk {
  /** Reused from key to key. */
  readonly path: string[];
  readonly standing: Standing;
  readonly isShown: IsShown;
  readonly disclosure: Disclosure | undefined;
}

/** The value itself, what is shown of it, or undefined. What has no members is a single value, too. */
function shownPart(value: Json, walk: Walk): Json | undefined {
  if (isJsonArray(value) && value.length > 0) {
    const elements = value.flatMap((element) => {
      const part = shownPart(element, walk);
      return part === undefined ? [] : [part];
    });
    return elements.length === 0 ? undefined : elements;
  }
  if (!isJsonObject(value)) return walk.isShown(walk.path, walk.standing) ? value : undefined;
  const members = Object.entries(value);
  if (members.length === 0) return walk.isShown(walk.path, walk.standing) ? value : undefined;
  const shown = membersOf(members, walk);
  return Object.keys(shown).length === 0 ? undefined : shown;
}

function membersOf(members: readonly (readonly [string, Json])[], walk: Walk): JsonObject {
  const { path, disclosure } = walk;
  const shown: [string, Json][] = [];
  for (const [key, member] of members) {
    path.push(canonicalKey(key));
    const standing = stand(walk.standing, path, disclosure);
    const part = shownPart(member, standing === walk.standing ? walk : { ...walk, standing });
    if (part !== undefined) shown.push([key, part]);
    path.pop();
  }
  // fromEntries defines own properties, so that a key `__proto__` stays data.
  return Object.fromEntries(shown);
}

function stand(above: Standing, path: readonly string[], disclosure: Disclosure | undefined): Standing {
  if (disclosure === undefined || above === 'closed') return above;
  const places = placesOf(disclosure.type, path);
  if (places.some((place) => isExempt(disclosure.patterns, place))) return 'closed';
  return above === 'open' || places.some((place) => isNamed(disclosure.patterns, place)) ? 'open' : 'plain';
}

function placesOf(type: string, path: readonly string[]): Place[] {
  const inLog: Place = { root: 'data', type: 'api-log', path: ['request', ...path] };
  const isInResource = path.length > 3 && path[1] === 'data' && path[2] === 'attributes';
  if (!isInResource) return [inLog];
  return [inLog, { root: 'data', type: canonicalType(type), path: path.slice(3) }];
}
