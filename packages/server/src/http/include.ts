import { isJsonArray, isJsonObject, type Json, type Resource } from '@credence/contract';
import type { OwnedResource } from '../privacy/snapshot.ts';

const templates = ['inquiry-template', 'inquiry-template-version', 'template', 'transaction'];
const verification = [
  'accounts',
  'document',
  'inquiry',
  ...templates,
  'verification-template',
  'verification-template-version',
];
const document = ['document-files', 'inquiry', ...templates];

/** Relationships of the resources that a relationship leads to, by its name: `include` goes one level further. */
const nestedNames: Readonly<Record<string, readonly string[]>> = {
  account: ['account-type'],
  accounts: ['account-type'],
  document,
  documents: document,
  inquiry: [
    'account',
    'documents',
    'reports',
    'reviewer',
    'selfies',
    'sessions',
    'verifications',
    ...templates,
  ],
  'inquiry-template': ['latest-published-version'],
  'inquiry-template-version': ['inquiry-template'],
  'latest-published-version': ['inquiry-template'],
  selfies: ['inquiry'],
  sessions: ['device', 'inquiry', 'network'],
  verifications: verification,
};

/** Says that `include` may take `name` where a route can include `names`: one of them, or one level below one. */
export function isIncludable(names: readonly string[], name: string): boolean {
  if (names.includes(name)) return true;
  const [first = '', second = '', ...deeper] = name.split('.');
  const below = Object.hasOwn(nestedNames, first) ? nestedNames[first] : undefined;
  return deeper.length === 0 && names.includes(first) && below?.includes(second) === true;
}

/** Everything that `include` may take where a route can include `names`. */
export function includableNames(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [
    name,
    ...(Object.hasOwn(nestedNames, name) ? (nestedNames[name] ?? []) : []).map((below) => `${name}.${below}`),
  ]);
}

interface Related {
  readonly data: OwnedResource | readonly OwnedResource[];
  readonly related?: Readonly<Record<string, readonly OwnedResource[]>>;
}

/**
 * What `names` include, each resource once and nothing of `data` itself. A name with a dot includes both levels; what is
 * on the second is looked for among everything that the answer is related to.
 */
export function includedResources(
  { data, related = {} }: Related,
  names: readonly string[],
): readonly OwnedResource[] {
  if (names.length === 0) return [];
  const everything = new Map(
    [data, ...Object.values(related)].flat().map((owned) => [identityOf(owned.resource), owned]),
  );
  const included = names.flatMap((name) => {
    const [first = '', second] = name.split('.');
    const parents = related[first] ?? [];
    if (second === undefined) return parents;
    const children = parents.flatMap(({ resource }) => linksOf(resource.relationships?.[second]?.data));
    return [...parents, ...children.flatMap((identity) => everything.get(identity) ?? [])];
  });
  const once = new Map(included.map((owned) => [identityOf(owned.resource), owned]));
  for (const { resource } of [data].flat()) once.delete(identityOf(resource));
  return [...once.values()];
}

function linksOf(data: Json | undefined): string[] {
  const links = isJsonArray(data) ? data : [data];
  return links.flatMap((link) =>
    isJsonObject(link) && typeof link['type'] === 'string' && typeof link['id'] === 'string'
      ? [identityOf({ type: link['type'], id: link['id'] })]
      : [],
  );
}

function identityOf({ type, id }: Pick<Resource, 'type' | 'id'>): string {
  return JSON.stringify([type, id]);
}
