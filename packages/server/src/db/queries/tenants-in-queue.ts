/**
 * `tenant (environment_id)` for a recursive `with`: the environments that have something pending. A skip scan, one
 * probe of the primary key for each, however long the queue is. Its last row is null.
 */
export const tenantsInQueue = `tenant (environment_id) as (
     (select environment_id from delivery_queue order by environment_id limit 1)
     union all
     select (select q.environment_id from delivery_queue q
             where q.environment_id > tenant.environment_id order by q.environment_id limit 1)
     from tenant where tenant.environment_id is not null
   )`;

/**
 * The lowest `column` of what is pending, of all environments: needs `tenantsInQueue`. What is in batches counts as long as
 * its batch is there.
 */
export function oldestPending(column: 'id' | 'created_at'): string {
  return `least(
       (select min(first.${column})
        from tenant
        cross join lateral (
          select q.${column} from delivery_queue q where q.environment_id = tenant.environment_id order by q.id limit 1
        ) first),
       (select b.${column} from delivery_batches b order by b.id limit 1)
     )`;
}
