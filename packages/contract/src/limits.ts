/** Every limit of the wire in one place (CONTRACT §4.1, RULES S1). Each has a test at it and one past it. */
export const LIMITS = {
  /** Body of `POST /v1/events`, bytes. */
  bodyBytes: 512 * 1024,
  /** Events in one request. */
  batchEvents: 500,
  /** One event sent with a secret key, bytes of JSON. */
  secretEventBytes: 32 * 1024,
  /** One event sent with a publishable key, bytes of JSON (RULES S1). */
  openEventBytes: 2 * 1024,
  /** Claims of one install event. */
  installClaims: 16,
  /** Objects and lists inside each other, in one event. */
  nesting: 16,
  /** What is kept of a refused body, bytes. */
  setAsideBytes: 64 * 1024,
  /** Path and query of a request, bytes. */
  urlBytes: 8 * 1024,
  /** A published file, bytes. */
  artifactBytes: 1024 * 1024 * 1024,
  /** Lines of one `POST /v1/claims`. */
  claimLines: 500,
  /** One claim line, bytes. */
  claimLineBytes: 8 * 1024,
  /** Rows of one list answer. */
  pageRows: 200,
} as const
