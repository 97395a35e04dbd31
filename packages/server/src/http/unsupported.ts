import { z } from 'zod';

/** Something that Persona's API takes and Credence has not: null only. */
export const unsupported = (why: string) =>
  z
    .custom<null | undefined>((value) => value === null || value === undefined, `is not supported: ${why}`)
    .optional();
