/** What the log may say of an error: messages of drivers like to quote values. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
