import { onSystemPostgres } from '../testing/on-system-postgres.ts';

onSystemPostgres(() => import('./plans.test.ts'));
