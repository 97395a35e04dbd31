import { z } from 'zod';

/** The body of a request that takes none. */
export const nothing = z.strictObject({});
