/** What may not happen, whatever is killed. */
export type BreachKind =
  | 'event lost'
  | 'delivery lost'
  | 'delivery without an end'
  | 'delivery ended twice'
  | 'delivery pending'
  | 'wrong end'
  | 'not wanted'
  | 'sent while disabled'
  | 'wrong environment'
  | 'bad signature'
  | 'old secret'
  | 'event that does not exist'
  | 'redirect followed'
  | 'mishap';

export interface Breach {
  readonly kind: BreachKind;
  /** What, with every id. */
  readonly detail: string;
}
