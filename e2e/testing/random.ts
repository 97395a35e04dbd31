export { seededRandom } from '../siege/random.ts';

/** The seed of this run: `E2E_SEED`, or a new one. */
export function chooseSeed(): number {
  return Number(process.env['E2E_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
}

export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item);
}
