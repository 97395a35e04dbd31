import type { Json } from '@credence/contract';
import type { ApiAnswer, ApiClient } from '../../../testing/test-server.ts';
import { routes } from '../../routes/index.ts';
import type { ExampleExchange } from '../examples.ts';

/** Exchanges of each operation, by status; the first of a kind is kept. */
export type Recording = Map<string, Map<number, ExampleExchange>>;

const patterns = routes.map(({ method, path, reference }) => ({
  method: method.toUpperCase(),
  // A fixed path is found before one with a parameter in the same place.
  parameters: path.split('/:').length,
  pattern: new RegExp(`^${path.replaceAll(/:[a-z-]+/g, '[^/]+')}$`),
  id: reference.id,
}));

function operationIdOf(method: string, path: string): string | undefined {
  const [bare = ''] = path.split('?');
  return patterns
    .filter((each) => each.method === method && each.pattern.test(bare))
    .toSorted((one, other) => one.parameters - other.parameters)[0]?.id;
}

/** A client that keeps what it asks and is answered. `before` is called first each time. */
export function recordingClient(
  api: ApiClient,
  recording: Recording,
  before: () => Promise<void>,
): ApiClient {
  return async (method, path, body, headers) => {
    await before();
    const answer = await api(method, path, body, headers);
    const id = operationIdOf(method, path);
    if (id !== undefined) keep(recording, id, path, body, answer);
    return answer;
  };
}

function keep(recording: Recording, id: string, path: string, body: unknown, answer: ApiAnswer): void {
  const answers = recording.get(id) ?? new Map<number, ExampleExchange>();
  recording.set(id, answers);
  if (answers.has(answer.status)) return;
  const request = typeof body === 'object' ? { request: structuredClone(body) as Json } : {};
  answers.set(answer.status, { path, ...request, answer: answer.json });
}
