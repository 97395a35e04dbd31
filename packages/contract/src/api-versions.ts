/** Every dated version that Persona's document names, newest first. */
export const knownApiVersions = [
  '2025-12-08',
  '2025-10-27',
  '2023-01-05',
  '2022-09-01',
  '2021-08-18',
  '2021-07-05',
  '2021-02-21',
  '2020-05-18',
] as const;

/** The shape that resources are kept in, and the default of every new key and webhook. */
export const currentApiVersion = '2025-12-08';

/** What this release serves. Older versions are steps back from the current one. */
export const servedApiVersions: readonly string[] = [currentApiVersion];
