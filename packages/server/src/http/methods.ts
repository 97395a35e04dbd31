import { createRouter, type Place } from './router.ts';

/** The methods that a path takes, HEAD and OPTIONS among them; empty where nothing is there. */
export type AllowedMethods = (path: string) => readonly string[];

/** Answers with HEAD whatever has GET, and with OPTIONS whatever has anything. */
export function createAllowedMethods(places: readonly Place<unknown>[]): AllowedMethods {
  const find = createRouter(places);
  const methods = [...new Set(places.map(({ method }) => method))];
  return (path) => {
    const here = methods.filter((method) => find(method, path) !== undefined);
    if (here.length === 0) return [];
    const answered = here.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS'];
    return [...here, ...answered].toSorted();
  };
}
