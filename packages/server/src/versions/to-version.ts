import type { ApiVersion } from '@credence/contract';
import type { Document } from '../privacy/document.ts';
import { mapResources } from '../privacy/map-resources.ts';
import { stepsTo } from './steps.ts';

/** A document of the current shape in the shape of `version`; the document itself where nothing changes. */
export function toVersion(document: Document, version: ApiVersion): Document {
  const walk = stepsTo(version);
  if (walk.length === 0) return document;
  return mapResources(document, (resource) => walk.reduce((shown, { back }) => back(shown), resource));
}
