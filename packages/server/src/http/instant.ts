const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** What `readInstant` takes, to be put behind the name of what was wrong. */
export const instantForm = 'must be a time such as 2026-01-31T12:00:00Z';

/** A day or a time with its zone. undefined where `text` is neither. */
export function readInstant(text: string): Date | undefined {
  const atMs = form.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : new Date(atMs);
}
