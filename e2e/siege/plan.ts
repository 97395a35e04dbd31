import type { ActionKind } from './history.ts';
import { Chance } from './random.ts';

/** One act of the chaos. `holdMs`: how long the target stays down or paused. */
export interface PlannedAction {
  readonly kind: ActionKind;
  /** Which node, where it is a node that is meant. */
  readonly node: number;
  /** Since the act before began. */
  readonly afterMs: number;
  readonly holdMs: number;
}

export interface Pattern {
  /** Of nodes and PostgreSQL, with -9. */
  readonly kills: number;
  readonly pauses: number;
  readonly stops: number;
  readonly postgresPauses: number;
  readonly postgresRestarts: number;
  readonly pauseMs: readonly [number, number];
  readonly gapMs: readonly [number, number];
  /** The gaps are stretched or shortened to fill this; undefined leaves them. */
  readonly spreadMs?: number | undefined;
}

export const nodes = 3;

/** For CI: a few seconds of everything. */
export const shortPattern: Pattern = {
  kills: 4,
  pauses: 1,
  stops: 1,
  postgresPauses: 0,
  postgresRestarts: 0,
  pauseMs: [4_000, 5_000],
  gapMs: [800, 2_000],
};

/** Nodes are paused for longer than their lease of 15 s. */
export function patternOf(kills: number): Pattern {
  return {
    kills,
    pauses: Math.ceil(kills / 8),
    stops: Math.ceil(kills / 8),
    postgresPauses: Math.ceil(kills / 16),
    postgresRestarts: Math.ceil(kills / 16),
    pauseMs: [16_000, 21_000],
    gapMs: [1_500, 4_500],
  };
}

/** The whole sequence, decided by the seed alone. Three kills of ten are PostgreSQL's. */
export function planChaos(seed: number, pattern: Pattern): PlannedAction[] {
  const chance = new Chance(seed, 'chaos');
  const postgresKills = Math.ceil(pattern.kills * 0.3);
  const kinds = chance.shuffle([
    ...times(pattern.kills - postgresKills, 'node.kill'),
    ...times(postgresKills, 'postgres.kill'),
    ...times(pattern.pauses, 'node.pause'),
    ...times(pattern.stops, 'node.stop'),
    ...times(pattern.postgresPauses, 'postgres.pause'),
    ...times(pattern.postgresRestarts, 'postgres.restart'),
  ]);
  const actions = kinds.map((kind) => ({
    kind,
    node: Math.floor(chance.between(0, nodes)),
    // Some come at once, so that two things are down together.
    afterMs: chance.isIn(0.15) ? chance.between(50, 300) : chance.between(...pattern.gapMs),
    holdMs: holdOf(kind, pattern, chance),
  }));
  return spread(actions, pattern.spreadMs);
}

function holdOf(kind: ActionKind, pattern: Pattern, chance: Chance): number {
  if (kind === 'node.pause') return chance.between(...pattern.pauseMs);
  // PostgreSQL silent for up to longer than a lease.
  if (kind === 'postgres.pause') return chance.between(3_000, 18_000);
  return chance.isIn(0.5) ? chance.between(0, 300) : chance.between(300, 3_000);
}

function spread(actions: readonly PlannedAction[], spreadMs: number | undefined): PlannedAction[] {
  const wholeMs = actions.reduce((sum, { afterMs }) => sum + afterMs, 0);
  const factor = spreadMs === undefined ? 1 : spreadMs / wholeMs;
  return actions.map((action) => ({ ...action, afterMs: action.afterMs * factor }));
}

function times(count: number, kind: ActionKind): ActionKind[] {
  return Array.from({ length: count }, () => kind);
}
