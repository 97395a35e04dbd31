import { statement, type Queryable } from '../database.ts';
import type { InquiryRow } from './inquiries.ts';

/** What a search of inquiries is sorted by. */
export type InquiryOrder = 'created' | 'updated' | 'status';
export type Direction = 'asc' | 'desc';

/** What a search looks at of an inquiry. */
export type WalkedInquiry = Pick<
  InquiryRow,
  'id' | 'status' | 'referenceId' | 'inquiryTemplateId' | 'createdAt' | 'updatedAt'
>;

/** A place in an order. `value` is a time in ISO form or a status; nothing is there in the order of creation. */
export interface WalkPlace {
  readonly value: string;
  readonly id: string;
}

/** A piece of an order: what lies between two places, without them. */
export interface InquiryWalk {
  readonly order: InquiryOrder;
  readonly direction: Direction;
  readonly from: WalkPlace;
  readonly to: WalkPlace;
  readonly statuses: readonly string[] | null;
  readonly templateIds: readonly string[] | null;
  readonly limit: number;
}

const columns = `id, status, reference_id as "referenceId", inquiry_template_id as "inquiryTemplateId",
  created_at as "createdAt", updated_at as "updatedAt"`;
const ofTemplate = `($4::text[] is null or inquiry_template_id = any ($4))`;

/** Ids are in the order of creation: along the primary key. */
const alongIds = bothWays(
  (direction) => `select ${columns} from inquiries
    where environment_id = $1 and id > $2 and id < $3 and ${ofTemplate}
    order by id ${direction}
    limit $5`,
  'along-ids',
);

/** The same of some statuses: a walk for each along their index, so that a rare one is not sought among the others. */
const alongStatuses = bothWays(
  (direction) => `select walked.* from unnest($6::text[]) as wanted (status)
    cross join lateral (
      select ${columns} from inquiries i
      where i.environment_id = $1 and i.status = wanted.status and i.id > $2 and i.id < $3 and ${ofTemplate}
      order by i.id ${direction}
      limit $5
    ) walked
    order by id ${direction}
    limit $5`,
  'along-statuses',
);

const byUpdate = bothWays((direction) => inOrderOf('updated_at', 'timestamptz', direction), 'by-update');
const byStatus = bothWays((direction) => inOrderOf('status', 'text', direction), 'by-status');

function inOrderOf(column: string, type: string, direction: Direction): string {
  return `select ${columns} from inquiries
    where environment_id = $1 and (${column}, id) > ($7::${type}, $2) and (${column}, id) < ($8::${type}, $3)
      and ${ofTemplate} and ($6::text[] is null or status = any ($6))
    order by ${column} ${direction}, id ${direction}
    limit $5`;
}

function bothWays(text: (direction: Direction) => string, name: string) {
  return {
    asc: statement(`inquiry-walks.${name}-asc`, text('asc')),
    desc: statement(`inquiry-walks.${name}-desc`, text('desc')),
  };
}

export function walkInquiries(
  db: Queryable,
  environmentId: string,
  { order, direction, from, to, statuses, templateIds, limit }: InquiryWalk,
): Promise<WalkedInquiry[]> {
  const shared = [environmentId, from.id, to.id, templateIds, limit];
  if (order === 'created') {
    return statuses === null
      ? db.query<WalkedInquiry>(alongIds[direction], shared)
      : db.query<WalkedInquiry>(alongStatuses[direction], [...shared, statuses]);
  }
  const walk = order === 'updated' ? byUpdate : byStatus;
  return db.query<WalkedInquiry>(walk[direction], [...shared, statuses, from.value, to.value]);
}

const ofReferences = statement(
  'inquiry-walks.of-references',
  `select ${columns} from inquiries
   where environment_id = $1 and reference_id = any ($2::text[])
   order by reference_id, id
   limit $3`,
);

/** In no order that means anything. */
export function listOfReferences(
  db: Queryable,
  environmentId: string,
  referenceIds: readonly string[],
  limit: number,
): Promise<WalkedInquiry[]> {
  return db.query<WalkedInquiry>(ofReferences, [environmentId, referenceIds, limit]);
}
