import type { Profiler } from 'node:inspector';

/** Shares of the time in which the program was not idle, by part. */
export type Parts = Readonly<Record<string, number>>;

/** The first that fits says whose a frame is; what fits none is charged to whoever called it. */
const owners: readonly (readonly [part: string, pattern: RegExp])[] = [
  ['authentication', /\/dist\/access\/(?!admission|address)|\/dist\/db\/queries\/api-keys/],
  ['permission, addresses', /\/dist\/access\/|\/dist\/http\/client-address|\/dist\/cidr/],
  ['limits', /\/dist\/allowance\/|\/dist\/http\/quota|\/dist\/db\/queries\/request-counts/],
  ['API logs', /\/dist\/api-log\/|\/dist\/http\/log-request|\/dist\/db\/queries\/api-logs/],
  ['guard', /\/dist\/http\/hold-to-reference|\/dist\/output-guard|\/contract\/dist\/.*(?:declare|resources)/],
  [
    'versions, presenting',
    /\/dist\/versions\/|\/dist\/http\/present|\/contract\/dist\/|\/dist\/privacy\/(?!vault|envelope|seal)/,
  ],
  [
    'reading the request',
    /\/dist\/http\/(?:read-body|json-|query|conventions|accept|check|collect-body|body-gate|request-problem)/,
  ],
  [
    'routing, answering',
    /\/dist\/http\/(?:app|call|router|reply|request-target|listener|methods|idempotency)|\/dist\/observe\//,
  ],
  ['the resource itself', /\/packages\/server\/dist\//],
  ['PostgreSQL driver', /\/node_modules\/pg/],
  ['hono, node-server', /\/node_modules\/(?:hono|@hono)\//],
];

/** Charges each sample to the nearest frame that has an owner. */
export function partsOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Parts {
  const partOfNode = ownerByNode(nodes);
  const spent = new Map<string, number>();
  samples.forEach((node, index) => {
    const part = partOfNode.get(node) ?? 'node';
    if (part !== idle) spent.set(part, (spent.get(part) ?? 0) + Math.max(0, timeDeltas[index + 1] ?? 0));
  });
  const total = [...spent.values()].reduce((sum, one) => sum + one, 0);
  return Object.fromEntries([...spent].map(([part, one]) => [part, one / total]));
}

const idle = 'idle';

function ownerByNode(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Map<number, string>();
  const walk = (id: number, above: string): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const own = ownerOf(node.callFrame) ?? above;
    known.set(id, own);
    for (const child of node.children ?? []) walk(child, own);
  };
  const [root] = nodes;
  if (root !== undefined) walk(root.id, 'node');
  return known;
}

function ownerOf({ functionName, url }: Profiler.ProfileNode['callFrame']): string | undefined {
  if (functionName === '(idle)') return idle;
  if (functionName === '(garbage collector)') return 'garbage';
  return owners.find(([, pattern]) => pattern.test(url))?.[0];
}
