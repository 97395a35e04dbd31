import type { Operation } from './generic.ts';

/** Why an operation of a resource that Credence has is not served. */
const operationReasons: Readonly<Record<string, string>> = {
  'print-an-inquiry-pdf': 'no PDF is made',
  'print-a-verification-as-pdf': 'no PDF is made',
  'investigation-lock-a-verification': 'verifications have no locks',
  'investigation-unlock-a-verification': 'verifications have no locks',
  'import-inquiry-template-translations': 'templates have no drafts to import translations into',
  'accounts-add-relation': 'accounts have no relations',
  'accounts-remove-relation': 'accounts have no relations',
  'accounts-list-all-relations': 'accounts have no relations',
  'consolidate-into-an-account': 'accounts are not merged',
  'search-accounts': 'accounts are listed, not searched',
  runAccountAction: 'there are no workflows',
};

/** Why a whole resource is not served: the first pattern that fits the path says so. */
const resourceReasons: readonly (readonly [RegExp, string])[] = [
  [/^\/verification\//, 'verifications are by government id, selfie, database and document'],
  [
    /^\/(account|case|transaction)-(types|templates)\//,
    'types of accounts, cases and transactions cannot be made',
  ],
  [/^\/cases/, 'there are no cases'],
  [/^\/connect\//, 'nothing is shared with other organizations'],
  [/^\/devices/, 'there are no devices without hosted pages'],
  [/^\/graph-queries/, 'there are no graph queries'],
  [/^\/(importer|importers)(\/|$)/, 'there are no importers'],
  [/^\/(list|lists|list-item)(\/|$)/, 'there are no lists'],
  [/^\/oauth\//, 'the API has keys, not OAuth'],
  [/^\/(relays|privacy-passes)/, 'there are no relays'],
  [/^\/reports/, 'there are no reports'],
  [/^\/theme-sets/, 'there are no hosted pages to give a theme'],
  [/^\/transactions/, 'there are no transactions'],
  [/^\/user-audit-logs/, 'there are no users: nobody logs in'],
  [/^\/workflow/, 'there are no workflows'],
];

/** Of an operation without a scenario. */
export function whyNotServed({ id, path }: Operation): string {
  const own = operationReasons[id] ?? resourceReasons.find(([pattern]) => pattern.test(path))?.[1];
  if (own === undefined) throw new Error(`${path} has neither a scenario nor a reason why it has none.`);
  return own;
}

/** The first pattern that fits the name of an event says why it is not made. */
const eventReasons: readonly (readonly [RegExp, string])[] = [
  [/^report\//, 'there are no reports'],
  [/^case\./, 'there are no cases'],
  [/^transaction(-type)?\./, 'there are no transactions'],
  [/^graph-query\./, 'there are no graph queries'],
  [/^importer-pipeline-run\./, 'there are no importers'],
  [/^workflow-run\./, 'there are no workflows'],
  [/^account\.(archived|restored)$/, 'accounts are not archived'],
  [/^account\.consolidated/, 'accounts are not merged'],
  [/^account\.(added|removed)-relation$/, 'accounts have no relations'],
  [/^account\.status-updated$/, 'accounts have one status'],
  [/^inquiry\.reusable-persona/, 'there are no reusable personas'],
  [/^inquiry\.transitioned$/, 'there are no steps without hosted pages'],
  [/^(document|selfie)\.(errored|extracted|pending)$/, 'a simulated verification reads its evidence at once'],
  [/^verification\.(canceled|requires-retry|skipped)$/, 'a simulated verification passes or fails at once'],
  [/^verification\.(escalated|tentatively-\w+)$/, 'a simulated verification passes or fails at once'],
  [/^verification\.updated-tags$/, 'the document has no operation that tags a verification'],
];

/** Undefined: nothing says why, so it ought to have come. */
export function whyNotMade(event: string): string | undefined {
  return eventReasons.find(([pattern]) => pattern.test(event))?.[1];
}
