export type { Document, Json, PersonalAttributes, Resource } from '../privacy/document.ts';
