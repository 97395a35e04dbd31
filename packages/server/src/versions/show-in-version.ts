import type { ApiVersion, KeyInflection, Resource } from '@credence/contract';
import { applyBlocklist } from '../privacy/blocklist.ts';
import { canonicalKey, canonicalType } from '../privacy/canonical-key.ts';
import type { Document } from '../privacy/document.ts';
import { mapResources } from '../privacy/map-resources.ts';
import { isExempt, type PatternSet } from '../privacy/patterns.ts';
import { inflectFieldKeys } from './field-keys.ts';
import { inflectsFieldKeys } from './conventions.ts';
import { stepsTo } from './steps.ts';
import { toVersion } from './to-version.ts';

/** How a webhook or a key sees documents. */
export interface VersionView {
  readonly version: ApiVersion;
  readonly inflection: KeyInflection;
  readonly disclosed: PatternSet;
  readonly blocklist: PatternSet;
}

/**
 * A disclosed document of the current shape, as a webhook or key of a version sees it: without what is blocked.
 *
 * What is blocked is gone before the first step, so that no step repeats it; and the blocklist is applied again to
 * what the steps made, so that it can name what only an older version has. An attribute that a step added is also
 * held against the exemptions of the disclosure. Patterns of a disclosure are of the current shape else.
 */
export function showInVersion(document: Document, view: VersionView): Document {
  const open = applyBlocklist(document, view.blocklist);
  if (isCurrentShape(view.version)) return open;
  const older = toVersion(open, view.version);
  const shown = older === open ? open : applyBlocklist(withoutExempt(open, older, view), view.blocklist);
  return mapResources(shown, (resource) => inflectFieldKeys(resource, view.version, view.inflection));
}

/** Says that whatever a document holds, it is shown in the shape that it is kept in. */
export function isCurrentShape(version: ApiVersion): boolean {
  return stepsTo(version).length === 0 && !inflectsFieldKeys(version);
}

function withoutExempt(before: Document, after: Document, { disclosed }: VersionView): Document {
  const resources = [before.data, ...before.included];
  return mapResources(after, (resource, index) => {
    const added = Object.keys(resource.attributes).filter(
      (name) => !Object.hasOwn(resources[index]?.attributes ?? {}, name),
    );
    const exempt = added.filter((name) => isExemptFrom(disclosed, resource, index, name));
    if (exempt.length === 0) return resource;
    const kept = Object.entries(resource.attributes).filter(([name]) => !exempt.includes(name));
    return { ...resource, attributes: Object.fromEntries(kept) };
  });
}

function isExemptFrom(disclosed: PatternSet, { type }: Resource, index: number, name: string): boolean {
  const root = index === 0 ? 'data' : 'included';
  return isExempt(disclosed, { root, type: canonicalType(type), path: [canonicalKey(name)] });
}
