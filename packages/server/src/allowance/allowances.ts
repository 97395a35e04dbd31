import { createCounter, type Counter, type CounterOptions } from './counter.ts';

/** What a quota can be of. Persona has none for accounts. */
export const quotaNames = ['inquiry', 'verification'] as const;
export type QuotaName = (typeof quotaNames)[number];

/** Creations a minute for an environment. What is absent is not limited. */
export type Quotas = Readonly<Partial<Record<QuotaName, number>>>;

/** Everything that is counted for an environment. */
export interface Allowances {
  /** Requests. */
  readonly api: Counter;
  readonly quotas: ReadonlyMap<QuotaName, Counter>;
  readonly all: readonly Counter[];
}

export interface Limits {
  readonly apiRateLimit: number;
  readonly quotas: Quotas;
}

export function createAllowances(
  options: Omit<CounterOptions, 'name' | 'limit'>,
  { apiRateLimit, quotas: given }: Limits,
): Allowances {
  const api = createCounter({ ...options, name: 'api', limit: apiRateLimit });
  const quotas = new Map(
    quotaNames.flatMap((name) => {
      const limit = given[name];
      return limit === undefined ? [] : [[name, createCounter({ ...options, name, limit })] as const];
    }),
  );
  return { api, quotas, all: [api, ...quotas.values()] };
}
