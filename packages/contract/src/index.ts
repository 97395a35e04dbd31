export { currentApiVersion, isServedApiVersion, servedApiVersions, type ApiVersion } from './api-versions.ts';
export { attributeClasses, classifyAttributes } from './attribute-classes.ts';
export type { AttributeClasses, ClassifiedAttributes } from './attribute-classes.ts';
export { errorCatalogue } from './errors.ts';
export type { ErrorCode } from './errors.ts';
export { emittedEvents } from './emitted-events.ts';
export type { EmittedEvent } from './emitted-events.ts';
export { canBeEnabled, eventNames, isCustomEventName } from './event-names.ts';
export { base58Alphabet, hasIdForm, idFormats } from './ids.ts';
export type { IdKind } from './ids.ts';
export type { Json, JsonObject, Resource } from './json.ts';
export {
  findKeyValues,
  keyValueForm,
  keyValuePattern,
  newKeyValue,
  randomKeyCharacters,
} from './key-values.ts';
export type { KeyEnvironment, KeyValueForm } from './key-values.ts';
export { limits } from './limits.ts';
export { ownAttributes } from './own-attributes.ts';
export { inflectDocumentKeys, inflectKey, toKebab, toKebabKeys } from './inflection.ts';
export type { KeyInflection } from './inflection.ts';
export { isJsonArray, isJsonObject } from './json-shape.ts';
export { resourceDeclarations } from './resources/catalogue.ts';
export type {
  AttributeClass,
  AttributeDeclaration,
  RelationshipDeclaration,
  ResourceDeclaration,
} from './resources/declare.ts';
export { undeclaredIn, withoutUndeclared } from './resources/undeclared.ts';
