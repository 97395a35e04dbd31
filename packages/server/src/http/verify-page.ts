import { createHash } from 'node:crypto';
import type { LinkState } from '../inquiry/redeem-link.ts';

/** What a page of a link says. `opened` is what follows on a good one. */
export type PageState = LinkState | 'opened';

interface Text {
  readonly status: 200 | 404 | 410;
  readonly title: string;
  readonly says: string;
}

/** Constant: a page says nothing of the person, of the inquiry or of who asks. */
const texts: Readonly<Record<PageState, Text>> = {
  good: {
    status: 200,
    title: 'Verify your identity',
    says: 'This link is good for one use. Continue only if you expected it.',
  },
  opened: {
    status: 200,
    title: 'Your session has started',
    says:
      'The link was accepted. The pages that would take you through the verification are not part of this release ' +
      'of Credence: whoever sent you the link will tell you how to go on.',
  },
  used: {
    status: 410,
    title: 'This link has been used',
    says: 'It was good for one use. Ask whoever sent it for another one.',
  },
  expired: {
    status: 410,
    title: 'This link has expired',
    says: 'Its time is over. Ask whoever sent it for another one.',
  },
  unknown: {
    status: 404,
    title: 'This link is not known',
    says: 'It may not have been copied as a whole. Open it again, or ask whoever sent it for another one.',
  },
};

const style =
  ':root{color-scheme:light dark}' +
  'body{margin:0;font:1.125rem/1.5 system-ui,sans-serif}' +
  'main{max-width:32rem;margin:0 auto;padding:15vh 1.5rem 3rem}' +
  'h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem}' +
  'button{font:inherit;padding:.75rem 1.5rem;border:2px solid currentcolor;border-radius:.5rem;cursor:pointer}' +
  'button:focus-visible{outline:3px solid Highlight;outline-offset:3px}';

const styleHash = createHash('sha256').update(style).digest('base64');

/** Of every page: nothing is loaded, run, framed, kept, indexed or told to others. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex, nofollow, noarchive',
};

/** Without an action, the form is sent to the address of the page, which has the code: no page repeats it. */
const form = '<form method="post"><button type="submit">Continue</button></form>';

/** The page of a state, and its status. */
export function verifyPage(state: PageState): { readonly status: Text['status']; readonly html: string } {
  const { status, title, says } = texts[state];
  const html =
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>${title}</title><style>${style}</style></head>` +
    `<body><main><h1>${title}</h1><p>${says}</p>${state === 'good' ? form : ''}</main></body></html>\n`;
  return { status, html };
}
