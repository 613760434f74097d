/** Decides again what configuration or crowded carriers left behind; safe on any number of collectors. */
import { undecidedCustomers } from '@sentby/store'
import type { Deps } from '../deps.ts'
import { type DecideDeps, decideNow } from '../services/credit/read-decision.ts'

const EVERY_MS = 1000
const CUSTOMERS_AT_ONCE = 50
/** One piece of work, and the pause after it: requests come first. */
const PIECE_MS = 50
const PAUSE_MS = 25

type JobDeps = DecideDeps & Pick<Deps, 'log'>

/** Starts the job; `stop` waits for the piece of work under way. */
export function startDeciding(deps: JobDeps): { stop(): Promise<void> } {
  let stopped = false
  let working: Promise<unknown> | undefined
  const timer = setInterval(() => {
    working ??= decideStale(deps, () => stopped)
      .catch((error: unknown) => {
        deps.log.warn({ error: nameOf(error) }, 'deciding waits')
      })
      .finally(() => {
        working = undefined
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
 * Decides every customer whose decision is older than the configuration. One that cannot be decided is told in
 * the log and holds nobody else up.
 *
 * @returns how many were decided.
 */
export async function decideStale(
  deps: JobDeps,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let decided = 0
  for (const program of [...deps.directory.programs()]) {
    const failing = new Set<string>()
    while (!isStopped()) {
      const { id, decisions_revision } = program.row
      const limit = CUSTOMERS_AT_ONCE + failing.size
      const found = await undecidedCustomers(deps.store.db, id, decisions_revision, limit)
      const customers = found.filter((customer) => !failing.has(customer))
      if (customers.length === 0) break
      decided += await decideSome(deps, id, customers, failing)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  return decided
}

async function decideSome(
  deps: JobDeps,
  programId: string,
  customers: readonly string[],
  failing: Set<string>,
): Promise<number> {
  try {
    return await decideNow(deps, programId, customers, PIECE_MS)
  } catch (error) {
    const [first] = customers
    if (customers.length > 1 || first === undefined) {
      let decided = 0
      for (const customer of customers) {
        decided += await decideSome(deps, programId, [customer], failing)
      }
      return decided
    }
    failing.add(first)
    deps.log.error({ error: nameOf(error), programId }, 'a customer cannot be decided')
    return 0
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
