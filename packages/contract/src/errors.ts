/**
 * Every refusal the API can give: its HTTP status and the `title` on the wire.
 * Codes are ours and internal; Persona's error body has no `code` member.
 */
export const errorCatalogue = {
  bad_request: { status: 400, title: 'Bad Request' },
  unauthenticated: { status: 401, title: 'Must be authenticated to access this endpoint' },
  token_invalid: { status: 401, title: 'Token is invalid' },
  forbidden: { status: 403, title: 'Forbidden' },
  not_found: { status: 404, title: 'Record not found' },
  route_not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'Not acceptable' },
  request_timeout: { status: 408, title: 'Request Timeout' },
  conflict: { status: 409, title: 'Conflict' },
  body_too_large: { status: 413, title: 'Payload too large' },
  uri_too_long: { status: 414, title: 'URI too long' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  expectation_failed: { status: 417, title: 'Expectation failed' },
  record_invalid: { status: 422, title: 'Record invalid' },
  rate_limited: { status: 429, title: 'Rate limit exceeded' },
  quota_exceeded: { status: 429, title: 'Quota exceeded' },
  headers_too_large: { status: 431, title: 'Request header fields too large' },
  internal: { status: 500, title: 'Internal server error' },
  unavailable: { status: 503, title: 'Service unavailable' },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
