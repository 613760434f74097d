/** Decides again what configuration or crowded carriers left behind; safe on any number of collectors. */
import { undecidedCustomers } from '@sentby/store'
import type { Deps } from '../deps.ts'
import { type DecideDeps, decideNow } from '../services/credit/read-decision.ts'

const EVERY_MS = 1000
const CUSTOMERS_AT_ONCE = 100

/** Starts the job; `stop` waits for the piece of work under way. */
export function startDeciding(deps: Deps): { stop(): Promise<void> } {
  let stopped = false
  let working: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    const before = working
    working = before.then(async () => {
      if (!stopped) await decideStale(deps, () => stopped)
    })
    working = working.catch((error: unknown) => {
      deps.log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'deciding waits')
    })
  }, EVERY_MS)
  timer.unref()
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await working
    },
  }
}

/**
 * Decides every customer whose decision is older than the configuration.
 *
 * @returns how many were decided.
 */
export async function decideStale(
  deps: DecideDeps,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let decided = 0
  for (const program of deps.directory.programs()) {
    for (;;) {
      const { id, decisions_revision } = program.row
      const customers = await undecidedCustomers(
        deps.store.db,
        id,
        decisions_revision,
        CUSTOMERS_AT_ONCE,
      )
      if (customers.length === 0 || isStopped()) break
      await decideNow(deps, id, customers)
      decided += customers.length
    }
  }
  return decided
}
