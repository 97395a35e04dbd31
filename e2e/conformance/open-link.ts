import type { World } from './world.ts';

/** What no operation of the API does: a person goes through a one-time link. Then the inquiry ends, and the session with it. */
export async function openOneTimeLink({ makers, exchange }: World): Promise<void> {
  const inquiry = `/inquiries/${await makers.inquiry()}`;
  const path = `${inquiry}/generate-one-time-link`;
  const { json } = await exchange('plain', { method: 'POST', path });
  const link: unknown = json.meta?.['one-time-link'];
  if (typeof link !== 'string') throw new Error(`POST ${path} answered no link.`);
  // The page, and the button on it: whatever looks at a link before a person does starts no session.
  for (const method of ['GET', 'POST']) {
    const response = await fetch(link, { method });
    await response.text();
    if (!response.ok) throw new Error(`${method} of the one-time link answered ${response.status}.`);
  }
  await exchange('plain', { method: 'POST', path: `${inquiry}/approve` });
}
