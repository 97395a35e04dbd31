import type { LoadDone, LoadRequest } from '../programs/load.ts';
import type { PacedEvent, PacedRequest } from '../programs/paced.ts';
import type { Bench } from './bench.ts';
import { ask } from './child.ts';
import type { Contender } from './contest.ts';
import { cpuMs } from './cpu.ts';
import type { Shape, Subject } from './results.ts';
import { healthOf, type Health, type Server } from './server.ts';
import { spreadOf, type Spread } from './time.ts';

/** Without health where nobody could be asked. */
export interface Measured extends Partial<Health> {
  readonly perSecond: number;
  /** For each delivery; where there are none, for each event. */
  readonly cpuUs: number;
}

export interface Work {
  readonly event: string;
  /** Events a request. */
  readonly batch: number;
  /** Deliveries of each event. */
  readonly fanOut: number;
  /** Events for each second of load, at most: what piles up takes its time afterwards. */
  readonly perSecond: number;
  /** What has no room in memory is lost: there is no store. What came counts, over the time to the last that came. */
  readonly isLossy?: boolean;
}

const lossyPart = 0.25;

/**
 * Keeps the load up for a while, and waits until the receiver has all deliveries: the rate is over the whole time, so
 * what only piled up does not count as done.
 */
export async function measureRate(
  bench: Bench,
  server: Server,
  work: Work,
  seconds: number,
): Promise<Measured> {
  const health = async (): Promise<Partial<Health>> =>
    server.processes.length === 0 ? {} : healthOf(server);
  await health();
  const startCpuMs = cpuMs(server.pids);
  const { done, count } = await sendAndWait(bench, server, work, seconds);
  const cpuUs = ((cpuMs(server.pids) - startCpuMs) * 1000) / count;
  return { perSecond: count / done, cpuUs, ...(await health()) };
}

const loads: Readonly<Record<Shape, string>> = {
  single: '1:1, one event a request',
  batch: '1:1, 100 events a request',
  'fan-out': 'fan-out 10',
  ingest: '100 events a request, nobody wants them',
};

interface Entry {
  readonly subject: Subject;
  /** What the titles of the rows begin with. */
  readonly title: string;
  readonly shapes: readonly Shape[];
  /** What each shape of load is turned into. */
  readonly adapt?: (work: Work) => Work;
}

/** A server with a row for each shape of load; it ends with the contender. */
export function contenderOf(
  bench: Bench,
  server: Server,
  { subject, title, shapes, adapt = (work) => work }: Entry,
): Contender {
  return {
    rows: shapes.map((shape) => ({
      title: `${title} ${loads[shape]}`,
      subject,
      shape,
      measure: (seconds) => measureRate(bench, server, adapt(works[shape]), seconds),
    })),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export const works: Readonly<Record<Shape, Work>> = {
  single: { event: 'custom.bench', batch: 1, fanOut: 1, perSecond: 20_000 },
  batch: { event: 'custom.bench', batch: 100, fanOut: 1, perSecond: 6_000 },
  'fan-out': { event: 'custom.fan', batch: 100, fanOut: 10, perSecond: 2_000 },
  ingest: { event: 'custom.nobody', batch: 100, fanOut: 0, perSecond: 100_000 },
};

/** For what is known to be slower: fewer events, and the same rate. */
export function slow(work: Work): Work {
  return { ...work, perSecond: Math.min(work.perSecond, 2_000) };
}

async function sendAndWait(
  { load, receiver, options }: Bench,
  { urls, key }: Server,
  { event, batch, fanOut, perSecond, isLossy }: Work,
  seconds: number,
): Promise<{ done: number; count: number }> {
  const before = await receiver.count();
  const request: LoadRequest = {
    urls,
    key,
    event,
    batch,
    seconds,
    atMost: perSecond * seconds,
    connections: options.connections,
  };
  const sent = await ask<LoadDone>(load, request);
  if (fanOut === 0) return { done: (sent.endedMs - sent.startedMs) / 1000, count: sent.sent };
  const count = sent.sent * fanOut;
  const mayMiss = isLossy === true ? Math.ceil(count * lossyPart) : 0;
  const reached = await receiver.reach(before + count, mayMiss);
  return { done: (reached.atMs - sent.startedMs) / 1000, count: reached.count - before };
}

export interface Latencies {
  readonly ack: Spread;
  readonly receipt: Spread;
}

/** Sends at a steady rate. Of the targets, only those for which `counts` holds are waited for and measured. */
export async function measureLatency(
  { paced, receiver }: Bench,
  request: PacedRequest,
  counts: (target: number) => boolean = () => true,
): Promise<Latencies> {
  await receiver.arrivals();
  const events = (await ask<PacedEvent[]>(paced, request)).filter(({ target }) => counts(target));
  const arrivals = new Map<string, number>();
  const isMissing = ({ id }: PacedEvent): boolean => !arrivals.has(id);
  for (let turn = 0; turn < 300 && events.some(isMissing); turn += 1) {
    if (turn > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    for (const [id, atMs] of await receiver.arrivals()) if (!arrivals.has(id)) arrivals.set(id, atMs);
  }
  const missing = events.filter(isMissing).length;
  if (missing > 0) throw new Error(`${String(missing)} of ${String(events.length)} deliveries never came.`);
  return {
    ack: spreadOf(events.map(({ sentMs, ackMs }) => ackMs - sentMs)),
    receipt: spreadOf(events.map(({ id, ackMs }) => (arrivals.get(id) ?? NaN) - ackMs)),
  };
}
