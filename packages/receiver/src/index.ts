export { DEFAULT_TOLERANCE_SECONDS, MAX_SIGNATURE_HEADER_CHARACTERS, verifySignature } from './verify.ts';
export type { SignatureFailure, SignatureRefusal, Verification, VerifyOptions } from './verify.ts';
export { attributeOf, parseEvent } from './parse-event.ts';
export type {
  EventFailure,
  EventRefusal,
  JsonObject,
  JsonValue,
  ParsedEvent,
  Resource,
  WebhookEvent,
} from './parse-event.ts';
export { memoryDeduplicator } from './deduplicate.ts';
export type { Claim, ClaimHeld, Deduplicator, MemoryDeduplicatorOptions } from './deduplicate.ts';
export { compareEvents, isNewer, resourceKey } from './order.ts';
export type { EventPosition } from './order.ts';
export { readDeliveryHeaders } from './delivery-headers.ts';
export type { DeliveryHeaders } from './delivery-headers.ts';
export { receive } from './receive.ts';
export type { IncomingDelivery, Reception, ReceiveOptions, Refused } from './receive.ts';
export type { HeaderSource } from './header-source.ts';
