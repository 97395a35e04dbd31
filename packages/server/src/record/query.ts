import type { Query as AnyQuery } from '../search/query.ts';

/** What a search of deliveries compares for equality. */
export type Equal = 'status' | 'webhookId' | 'eventId' | 'eventName' | 'id';

/** A search of deliveries. `Attribute` is what is compared with a set of values. */
export type Query<Attribute extends string = Equal> = AnyQuery<Attribute, 'updatedAt'>;
