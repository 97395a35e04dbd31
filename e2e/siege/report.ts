import type { Figures, Quantiles, Recovery } from './figures.ts';
import type { Breach } from './judge/breach.ts';

const shownPerKind = 20;

/** What happened, in numbers, and every breach with its ids. */
export function reportText(figures: Figures, breaches: readonly Breach[], kills: number): string {
  const { requests, events, ends, latency } = figures;
  const lines = [
    row('kills', `${String(kills)} with -9; ${String(figures.recoveries.length - kills)} pauses and stops`),
    row(
      'requests',
      `${String(requests.acknowledged)} acknowledged, ${String(requests.unanswered)} without an answer`,
    ),
    row(
      'events',
      `${String(events.acknowledged)} acknowledged, ${String(events.others)} committed without an answer`,
    ),
    ...Object.entries(ends).map(([end, count]) => row('deliveries', `${String(count)} ${end}`)),
    row(
      'receipts',
      `${String(figures.receipts)} at the receivers, ${String(figures.duplicates)} of them duplicates`,
    ),
    row(
      'after disable',
      `the last attempt began ${ms(figures.latestAfterDisabledMs)} after the acknowledgement`,
    ),
    row('before', latencyText(latency.before)),
    row('during', latencyText(latency.during)),
    ...recoveryLines(figures.recoveries),
  ];
  return `${lines.join('\n')}\n\n${verdict(breaches)}\n`;
}

function latencyText({ count, p50, p99, max }: Quantiles): string {
  return `acknowledgement to receipt: p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(max)} (${String(count)})`;
}

function recoveryLines(recoveries: readonly Recovery[]): string[] {
  return [...new Set(recoveries.map(({ kind }) => kind))].sort().map((kind) => {
    const ofKind = recoveries.filter((recovery) => recovery.kind === kind);
    const acked = spanText(ofKind.flatMap(({ untilAcknowledgedMs }) => untilAcknowledgedMs ?? []));
    const paid = spanText(ofKind.flatMap(({ untilPaidMs }) => untilPaidMs ?? []));
    const owed = ofKind.reduce((sum, recovery) => sum + recovery.owed, 0);
    return row(
      kind,
      `${String(ofKind.length)} times; acknowledged again after ${acked}; of ${String(owed)} owed, the last after ${paid}`,
    );
  });
}

function spanText(values: readonly number[]): string {
  if (values.length === 0) return 'nothing to wait for';
  const sorted = values.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `${ms(median)} (median), ${ms(sorted.at(-1) ?? 0)} (longest)`;
}

function verdict(breaches: readonly Breach[]): string {
  if (breaches.length === 0)
    return 'Nothing lost: every acknowledged event reached every webhook that wanted it, or has a named end.';
  const kinds = [...new Set(breaches.map(({ kind }) => kind))];
  const sections = kinds.map((kind) => {
    const details = breaches.filter((breach) => breach.kind === kind).map(({ detail }) => `  - ${detail}`);
    const more =
      details.length > shownPerKind ? [`  - and ${String(details.length - shownPerKind)} more`] : [];
    return [`${kind}: ${String(details.length)}`, ...details.slice(0, shownPerKind), ...more].join('\n');
  });
  return `BREACHES: ${String(breaches.length)}\n${sections.join('\n')}`;
}

function row(name: string, text: string): string {
  return `${name.padEnd(17)} ${text}`;
}

function ms(value: number): string {
  return value < 1_000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(value / 1_000).toFixed(1)} s`;
}
