/**
 * That `q`, of `delivery_queue`, is the row that `given` names by its environment and id, put so that it can only be
 * looked up by the primary key. For two equalities, the rows could be joined the other way round: where an analyze
 * found no row in a table that has room for many, as between two bursts, all of the queue would be read, and each row
 * compared with all that is given. The planner joins in order neither by `= any` nor by a range.
 *
 * No range of rows, `(a, b) <= (…)`: before version 18, PostgreSQL does not stop where `b` is beyond it.
 */
export function hasKeyOf(given: string): string {
  return `q.environment_id = any (array[${given}.environment_id]) and q.id >= ${given}.id and q.id <= ${given}.id`;
}
