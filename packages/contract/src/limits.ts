/** Limits on what the API accepts. Exceeding one is an error that names the limit. */
export const limits = {
  /** Bytes of a request body. */
  bodyBytes: 1_048_576,
  /** Nesting of a JSON body. */
  jsonDepth: 32,
  /** UTF-8 bytes of one string value. */
  valueBytes: 65_536,
  /** Characters of a request's path and query. */
  uriLength: 8_192,
  /** Header fields of a request. */
  headers: 100,
  /** Requests of one connection that are worked on at once, where a client sends them one after the other unasked. */
  pipelined: 100,
  pageSize: 100,
  defaultPageSize: 10,
  nameLength: 255,
  descriptionLength: 2_048,
  noteLength: 10_000,
  referenceIdLength: 255,
  tags: 100,
  tagLength: 255,
  /** Characters of one field of an inquiry or account. */
  fieldLength: 1_024,
  /** Identification numbers of one account. */
  identificationNumbers: 50,
  webhookUrlLength: 2_048,
  webhookPatterns: 200,
  customHeaders: 20,
  webhooksPerEnvironment: 2_000,
  simulateActions: 50,
  filterIds: 100,
  eventsPerRequest: 100,
  /** Clauses of one `and` or `or` of a search, and how deep they may be nested. Both are Persona's. */
  searchClauses: 20,
  searchDepth: 2,
  /** Milliseconds that one delivery attempt may take, from the first look-up to the last byte. */
  timeoutMs: { min: 500, max: 30_000, default: 5_000 },
  /** Attempts under way at once for one webhook, on each node. */
  maxConcurrency: { min: 1, max: 128, default: 16 },
  /** Attempts a second for one webhook, over all nodes. */
  rateLimitPerSecond: { min: 1, max: 10_000 },
  /** Seconds that a file link lives. Default and maximum are Persona's. */
  fileAccessTokenSeconds: { min: 1, max: 259_200, default: 21_600 },
  /** Seconds after which a key can be told to expire: 30 days, which is Persona's. */
  apiKeyExpirySeconds: { max: 2_592_000 },
  /** Entries of a key's list of addresses. */
  ipAddressAllowlist: 200,
  /** Seconds that the old secret stays valid after a rotation. */
  secretOverlapSeconds: { max: 604_800, default: 86_400 },
  retryWaits: { max: 20, maxSeconds: 604_800 },
  /** Seconds after which an inquiry expires. Default is Persona's. */
  inquiryExpirySeconds: { default: 86_400, max: 31_536_000 },
  /** Sessions of one inquiry, those that are over included. Persona's. */
  sessionsPerInquiry: 25,
  /** Seconds that a one-time link lives. Default is Persona's. */
  oneTimeLinkSeconds: { default: 86_400, max: 31_536_000 },
  /** Seconds in which a one-time link that was used may be used again: reloads, a second tap. Persona's. */
  oneTimeLinkGraceSeconds: 300,
} as const;
