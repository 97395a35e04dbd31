import type { MetricsText } from './messages.ts';

/** What every process reads from the database and so says alike: it is shown once. */
const ofAll = /^credence_(?:queue_|info)/;

interface Family {
  readonly comments: string[];
  readonly samples: string[];
}

/**
 * The metrics of several processes as one text of Prometheus, each sample with the label `process`: what one process
 * counts starts again from 0 with that process alone, and a sum of all would fall.
 */
export function joinExpositions(texts: readonly MetricsText[]): string {
  const families = new Map<string, Family>();
  const ordered = texts.toSorted((one, other) => one.process - other.process);
  for (const { process, text } of ordered) addText(families, process, text);
  return [...families.values()]
    .map(({ comments, samples }) => [...comments, ...samples, ''].join('\n'))
    .join('\n');
}

function addText(families: Map<string, Family>, process: number, text: string): void {
  const known = new Set(families.keys());
  let name = '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (?:HELP|TYPE) (?<name>\S+)/.exec(line);
    name = comment?.groups?.['name'] ?? name;
    const family = families.get(name) ?? { comments: [], samples: [] };
    families.set(name, family);
    if (comment !== null) {
      if (!known.has(name)) family.comments.push(line);
    } else if (!ofAll.test(name)) family.samples.push(labelled(line, process));
    else if (!known.has(name)) family.samples.push(line);
  }
}

/** `name{a="b"} 1` or `name 1`. */
function labelled(sample: string, process: number): string {
  const label = `process="${String(process)}"`;
  const end = /[{ ]/.exec(sample)?.index ?? sample.length;
  const rest = sample.slice(end);
  return `${sample.slice(0, end)}{${label}${rest.startsWith('{') ? `,${rest.slice(1)}` : `}${rest}`}`;
}
