/**
 * That `q`, of `delivery_queue`, is the row that `given` names by its environment and id: asked for as a range in
 * order, so that it can only be looked up by the primary key. For an equality, the two could be joined the other way
 * round: where an analyze found no row in a table that has room for many, as between two bursts, all of the queue would
 * be read, and each row compared with all that is given.
 */
export function hasKeyOf(given: string): string {
  const key = `(${given}.environment_id, ${given}.id)`;
  return `(q.environment_id, q.id) >= ${key} and (q.environment_id, q.id) <= ${key}`;
}
