/** Says on the console what nobody else listens to: the one place where this package writes there. */
export function warn(message: string, cause?: unknown): void {
  const details = cause === undefined ? [] : [cause]
  // biome-ignore lint/suspicious/noConsole: without an onError a lost event would be lost in silence.
  console.warn(`sentby: ${message}`, ...details)
}
