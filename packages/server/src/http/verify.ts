import type { Context as HonoContext } from 'hono';
import type { Context } from '../context.ts';
import { lookAtLink, redeemLink } from '../inquiry/redeem-link.ts';
import { pageHeaders, verifyPage, type PageState } from './verify-page.ts';

/** Where one-time links lead. */
export const verifyPath = '/verify';

/**
 * Shows what a link is worth, and uses nothing up: mail scanners, chat previews and browsers that load ahead ask by GET
 * and HEAD before any person does. The person's own press on the page's button is the POST that uses the link.
 */
export async function showLink(ctx: Context, call: HonoContext): Promise<Response> {
  return page(call, await lookAtLink(ctx, codeOf(call)));
}

export async function useLink(ctx: Context, call: HonoContext): Promise<Response> {
  const state = await redeemLink(ctx, codeOf(call));
  return page(call, state === 'good' ? 'opened' : state);
}

function codeOf(call: HonoContext): string {
  return call.req.query('code') ?? '';
}

function page(call: HonoContext, state: PageState): Response {
  const { status, html } = verifyPage(state);
  return call.body(html, status, { ...pageHeaders });
}
