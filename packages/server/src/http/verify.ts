import type { Context } from '../context.ts';
import { lookAtLink, redeemLink } from '../inquiry/redeem-link.ts';
import type { Call } from './call.ts';
import type { Reply } from './reply.ts';
import { pageHeaders, verifyPage, type PageState } from './verify-page.ts';

/** Where one-time links lead. */
export const verifyPath = '/verify';

/**
 * Shows what a link is worth, and uses nothing up: mail scanners, chat previews and browsers that load ahead ask by GET
 * and HEAD before any person does. The person's own press on the page's button is the POST that uses the link.
 */
export async function showLink(ctx: Context, call: Call): Promise<Reply> {
  return page(await lookAtLink(ctx, codeOf(call)));
}

export async function useLink(ctx: Context, call: Call): Promise<Reply> {
  const state = await redeemLink(ctx, codeOf(call));
  return page(state === 'good' ? 'opened' : state);
}

function codeOf({ query }: Call): string {
  return new URLSearchParams(`?${query}`).get('code') ?? '';
}

function page(state: PageState): Reply {
  const { status, html } = verifyPage(state);
  return { status, body: html, headers: pageHeaders };
}
