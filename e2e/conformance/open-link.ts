import type { World } from './world.ts';

/** A person opens a one-time link, which starts a session: no operation of the API does. */
export async function openOneTimeLink({ makers, exchange }: World): Promise<void> {
  const path = `/inquiries/${await makers.inquiry()}/generate-one-time-link`;
  const { json } = await exchange('plain', { method: 'POST', path });
  const link: unknown = json.meta?.['one-time-link'];
  if (typeof link !== 'string') throw new Error(`POST ${path} answered no link.`);
  const response = await fetch(link);
  await response.text();
  if (!response.ok) throw new Error(`The one-time link answered ${response.status}.`);
}
