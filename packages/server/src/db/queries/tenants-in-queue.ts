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
