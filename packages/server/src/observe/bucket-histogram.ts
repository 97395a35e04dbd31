import { Histogram, type Registry } from 'prom-client';
import type { Buckets } from './buckets.ts';

type Labelled = readonly { readonly labels: Readonly<Record<string, string>>; readonly buckets: Buckets }[];

interface BucketHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly registry: Registry;
  readonly read: () => Labelled;
}

/** A histogram of prom-client that shows plain buckets instead of counting by itself, which is dearer. */
export class BucketHistogram extends Histogram {
  readonly #options: BucketHistogramOptions;

  constructor(options: BucketHistogramOptions) {
    super({ name: options.name, help: options.help, registers: [options.registry] });
    this.#options = options;
  }

  /** What prom-client renders from, and asks for again in `get`; its types do not name it. */
  getForPromString(): Promise<object> {
    const { name, help, read } = this.#options;
    const values = read().flatMap(({ labels, buckets }) => linesOf(name, labels, buckets));
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }
}

function linesOf(name: string, labels: Readonly<Record<string, string>>, buckets: Buckets): object[] {
  let count = 0;
  const cumulated = [...buckets.bounds.map(String), '+Inf'].map((le, index) => {
    count += buckets.counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...cumulated,
    { metricName: `${name}_sum`, labels, value: buckets.sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
