import type { MetricsText } from './messages.ts';

/** One that takes longer is left out: its metrics are missing this once. */
const patienceMs = 1_000;

/** Questions to several processes, whose answers are wanted together. */
export interface AskAll {
  /** Resolves with what came once all have answered or ended, or a second is over. */
  ask(processes: readonly number[], send: (id: number) => void): Promise<readonly MetricsText[]>;
  answered(id: number, process: number, texts: readonly MetricsText[]): void;
  /** The process ended, and answers nothing any more. */
  ended(process: number): void;
}

export function createAskAll(): AskAll {
  const questions = new Map<
    number,
    { readonly missing: Set<number>; readonly texts: MetricsText[]; end(): void }
  >();
  let count = 0;

  const settle = (id: number, process: number, texts: readonly MetricsText[]): void => {
    const question = questions.get(id);
    if (question?.missing.delete(process) !== true) return;
    question.texts.push(...texts);
    if (question.missing.size === 0) question.end();
  };

  return {
    ask(processes, send) {
      count += 1;
      const id = count;
      return new Promise((resolve) => {
        const texts: MetricsText[] = [];
        const end = (): void => {
          clearTimeout(timer);
          questions.delete(id);
          resolve(texts);
        };
        const timer = setTimeout(end, patienceMs);
        questions.set(id, { missing: new Set(processes), texts, end });
        if (processes.length === 0) end();
        else send(id);
      });
    },
    answered: settle,
    ended(process) {
      for (const id of [...questions.keys()]) settle(id, process, []);
    },
  };
}
