import { z } from 'zod';

/** A member that Persona has and Credence refuses, unless it is null or absent. `why` says what to do instead. */
export const unsupported = (why: string) =>
  z
    .custom<null | undefined>((value) => value === null || value === undefined, `is not supported: ${why}`)
    .meta({ type: 'null', description: `Not supported: ${why}.` })
    .optional();
