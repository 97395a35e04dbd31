let lastMs = NaN;
let lastText = '';

/**
 * As `toISOString`, which takes a microsecond: what is written again and again is the moment that events of one request
 * have in common.
 */
export function isoText(moment: Date): string {
  const ms = moment.getTime();
  if (ms === lastMs) return lastText;
  lastText = moment.toISOString();
  lastMs = ms;
  return lastText;
}
