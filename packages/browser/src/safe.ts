/** Runs host-facing work: whatever it throws stays out of the page. Returns undefined then. */
export const safe = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    // The page goes on without.
  }
}

/**
 * Listens on the window, ahead of the page's own listeners; an error never reaches the page. Events of the
 * document and its elements pass here too, also those that do not bubble.
 */
export const on = <T>(types: string, listener: (event: Event & T) => unknown): void => {
  for (const type of types.split(' ')) {
    addEventListener(type, (event) => safe(() => listener(event as Event & T)), true)
  }
}
