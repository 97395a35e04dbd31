/**
 * Every dated version that is served, newest first: those that Persona's document names. An answer and a payload of
 * an older one is walked back from the current shape, step by step (`versions/` of the server); what each step
 * changes is in `docs/versions.md`. Any other version is refused with 400.
 */
export const servedApiVersions = [
  '2025-12-08',
  '2025-10-27',
  '2023-01-05',
  '2022-09-01',
  '2021-08-18',
  '2021-07-05',
  '2021-02-21',
  '2020-05-18',
] as const;

export type ApiVersion = (typeof servedApiVersions)[number];

/** The shape that resources are kept in, and the default of every new key. */
export const currentApiVersion = '2025-12-08' satisfies ApiVersion;

export function isServedApiVersion(version: string): version is ApiVersion {
  return servedApiVersions.some((served) => served === version);
}
