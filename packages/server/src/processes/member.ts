import cluster from 'node:cluster';
import type { Exposition } from '../observe/exposition.ts';
import { joinExpositions } from './join-expositions.ts';
import {
  membershipName,
  type FromMember,
  type Membership,
  type MetricsAnswer,
  type Ready,
  type ToMember,
} from './messages.ts';

/** What this process is to the others that share its port. */
export interface Member {
  readonly membership: Membership;
  ready(server: Omit<Ready, 'kind'>): void;
  /** The metrics of all processes, whichever is asked. */
  expositionOfAll(own: Exposition): Exposition;
}

/**
 * Takes what `supervisor.ts` said out of the environment, which has nothing but settings then. Undefined in a process
 * that serves alone, or starts the others.
 */
export function takeMembership(env: NodeJS.ProcessEnv): Membership | undefined {
  const text = env[membershipName];
  if (!cluster.isWorker || text === undefined) return undefined;
  Reflect.deleteProperty(env, membershipName);
  return JSON.parse(text) as Membership;
}

/** @param channel to the process that started this one */
export function joinOthers(membership: Membership, channel: NodeJS.Process): Member {
  const waiting = new Map<number, (answer: MetricsAnswer) => void>();
  let count = 0;
  let ownText = (): Promise<string> => Promise.resolve('');

  const say = (message: FromMember): void => {
    channel.send?.(message);
  };
  const ownMetrics = async () => ({ process: membership.number, text: await ownText() });
  const answer = async (id: number): Promise<void> => {
    say({ kind: 'metrics-answer', id, texts: [await ownMetrics()] });
  };

  channel.on('message', (message: ToMember) => {
    if (message.kind === 'metrics-question') void answer(message.id);
    else waiting.get(message.id)?.(message);
  });

  const askOthers = (): Promise<MetricsAnswer> => {
    count += 1;
    const id = count;
    return new Promise<MetricsAnswer>((resolve) => {
      waiting.set(id, resolve);
      say({ kind: 'metrics-question', id });
    }).finally(() => waiting.delete(id));
  };

  return {
    membership,
    ready: (server) => {
      say({ kind: 'ready', ...server });
    },
    expositionOfAll(own) {
      ownText = () => own.render();
      return {
        contentType: own.contentType,
        async render() {
          const [mine, others] = await Promise.all([ownMetrics(), askOthers()]);
          return joinExpositions([mine, ...others.texts]);
        },
      };
    },
  };
}
