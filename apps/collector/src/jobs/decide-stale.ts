/** Decides again what configuration or crowded carriers left behind; safe on any number of collectors. */
import { undecidedCustomers, undecidedInstallations } from '@sentby/store'
import type { Deps } from '../deps.ts'
import { type DecideDeps, decideNow } from '../services/credit/read-decision.ts'
import { decideInstallationsNow } from '../services/credit/read-installation.ts'
import { errorName } from '../services/error-name.ts'
import { startTimed } from './timed-job.ts'

const EVERY_MS = 1000
const SUBJECTS_AT_ONCE = 50
/** One piece of work, and the pause after it: requests come first. */
const PIECE_MS = 50
const PAUSE_MS = 25

type JobDeps = DecideDeps & Pick<Deps, 'log'>

/** Something that has decisions. */
interface Sort {
  /** As the log calls one. */
  name: string
  undecided: typeof undecidedCustomers
  decideNow: typeof decideNow
}

const SORTS: readonly Sort[] = [
  { name: 'a customer', undecided: undecidedCustomers, decideNow },
  {
    name: 'an installation',
    undecided: undecidedInstallations,
    decideNow: decideInstallationsNow,
  },
]

/** Starts the job. */
export function startDeciding(deps: JobDeps): { stop(): Promise<void> } {
  return startTimed(deps, {
    failing: 'deciding waits',
    everyMs: EVERY_MS,
    run: (isStopped) => decideStale(deps, isStopped),
  })
}

/**
 * Decides every customer and installation whose decision is older than the configuration. One that cannot be decided
 * is told in the log and holds nobody else up.
 *
 * @returns how many were decided.
 */
export async function decideStale(
  deps: JobDeps,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let decided = 0
  for (const program of [...deps.directory.programs()]) {
    for (const sort of SORTS) decided += await decideSort(deps, program.row.id, sort, isStopped)
  }
  return decided
}

async function decideSort(
  deps: JobDeps,
  programId: string,
  sort: Sort,
  isStopped: () => boolean,
): Promise<number> {
  let decided = 0
  const failing = new Set<string>()
  while (!isStopped()) {
    const revision = deps.directory.program(programId)?.row.decisions_revision ?? 0
    const limit = SUBJECTS_AT_ONCE + failing.size
    const found = await sort.undecided(deps.store.db, programId, revision, limit)
    const subjects = found.filter((subject) => !failing.has(subject))
    if (subjects.length === 0) break
    decided += await decideSome(deps, programId, sort, subjects, failing)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return decided
}

async function decideSome(
  deps: JobDeps,
  programId: string,
  sort: Sort,
  subjects: readonly string[],
  failing: Set<string>,
): Promise<number> {
  try {
    return await sort.decideNow(deps, programId, subjects, PIECE_MS)
  } catch (error) {
    const [first] = subjects
    if (subjects.length > 1 || first === undefined) {
      let decided = 0
      for (const subject of subjects) {
        decided += await decideSome(deps, programId, sort, [subject], failing)
      }
      return decided
    }
    failing.add(first)
    deps.log.error({ error: errorName(error), programId }, `${sort.name} cannot be decided`)
    return 0
  }
}
