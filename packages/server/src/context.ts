import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Database } from './db/database.ts';
import type { EnvironmentKind } from './db/queries/tenants.ts';
import type { DeliveryIntake } from './delivery/intake.ts';
import type { CustomEvents } from './event/custom-events.ts';
import type { IdMaker } from './id.ts';
import type { Metrics } from './observe/metrics.ts';
import type { OutputGuard } from './output-guard.ts';
import type { Vault } from './privacy/vault.ts';
import type { TemplateCatalogue } from './template/catalogue.ts';

/** What the commands of the domain work with. */
export interface Context {
  readonly clock: Clock;
  readonly ids: IdMaker;
  readonly db: Database;
  readonly vault: Vault;
  readonly intake: DeliveryIntake;
  readonly customEvents: CustomEvents;
  readonly templates: TemplateCatalogue;
  readonly log: Logger;
  /** Where people and their browsers reach this server, without a slash at the end. */
  readonly publicUrl: () => string;
  readonly guard: OutputGuard;
  readonly metrics?: Metrics | undefined;
  /** The trace of the request that is worked on: `traceparent`, and after a space `tracestate`. */
  readonly traceContext?: string | undefined;
}

/** Whose data a command may touch: every statement filters by it. */
export interface Scope {
  readonly organizationId: string;
  readonly environmentId: string;
  readonly environmentKind: EnvironmentKind;
}
