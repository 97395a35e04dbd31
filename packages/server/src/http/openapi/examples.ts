import type { Json } from '@credence/contract';

/** What was really asked and answered, by `operationId` and status. */
export type OperationExamples = ReadonlyMap<string, ReadonlyMap<number, ExampleExchange>>;

export interface ExampleExchange {
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  /** Absent where the request had no body. */
  readonly request?: Json;
  readonly answer: Json;
}

/** What was really delivered. */
export interface ExampleDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

export interface Examples {
  readonly operations: OperationExamples;
  /** By name of the event. */
  readonly deliveries: ReadonlyMap<string, ExampleDelivery>;
}

export const noExamples: Examples = { operations: new Map(), deliveries: new Map() };
