import { statement, type Queryable } from '../database.ts';

/** Kinds of things that a migration may make one day and that the dump has no words for. */
const others = statement(
  'schema.undescribed',
  `with here as (select current_schema()::regnamespace as oid),
   relations as (
     select case relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence '
                         when 'c' then 'type ' else 'foreign table ' end || relname as thing
     from pg_class, here
     where relnamespace = here.oid
       and relkind in ('v', 'm', 'S', 'c', 'f')
       and not exists (
         select from pg_depend
         where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'i' and relkind = 'S'
       )
   ),
   types as (
     select 'type ' || typname from pg_type, here where typnamespace = here.oid and typtype in ('e', 'd', 'r')
   ),
   aggregates as (
     select 'aggregate ' || proname from pg_proc, here where pronamespace = here.oid and prokind in ('a', 'w')
   ),
   secured as (
     select 'row security of ' || relname from pg_class, here where relnamespace = here.oid and relrowsecurity
   ),
   rules as (
     select 'rule ' || rulename from pg_rewrite join pg_class on pg_class.oid = ev_class, here
     where relnamespace = here.oid and rulename <> '_RETURN'
   ),
   statistics as (
     select 'statistics ' || stxname from pg_statistic_ext, here where stxnamespace = here.oid
   ),
   extensions as (select 'extension ' || extname from pg_extension where extname <> 'plpgsql'),
   schemas as (
     select 'schema ' || nspname from pg_namespace, here
     where pg_namespace.oid <> here.oid and nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
   )
   select thing from (
     table relations union all table types union all table aggregates union all table secured
     union all table rules union all table statistics union all table extensions union all table schemas
   ) as all_of_them (thing)
   order by thing collate "C"`,
);

/** Throws when the database has something that the dump would leave out without a word. */
export async function refuseUndescribed(db: Queryable): Promise<void> {
  const rows = await db.query<{ thing: string }>(others);
  if (rows.length === 0) return;
  throw new Error(
    `The dump of the schema does not describe: ${rows.map(({ thing }) => thing).join(', ')}. ` +
      'Teach it in packages/server/src/db/schema/.',
  );
}
