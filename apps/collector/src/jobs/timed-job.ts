import type { Deps } from '../deps.ts'
import { errorName } from '../services/error-name.ts'

export interface TimedJob {
  /** What the log says when a run fails; the next one tries again. */
  failing: string
  everyMs: number
  /** @param isStopped whether to leave the rest to the next run, or to another collector. */
  run(isStopped: () => boolean): Promise<unknown>
}

/** Runs a job again and again, never twice at a time; `stop` waits for the piece of work under way. */
export function startTimed(deps: Pick<Deps, 'log'>, job: TimedJob): { stop(): Promise<void> } {
  let stopped = false
  let working: Promise<unknown> | undefined
  const timer = setInterval(() => {
    working ??= job
      .run(() => stopped)
      .catch((error: unknown) => deps.log.warn({ error: errorName(error) }, job.failing))
      .finally(() => {
        working = undefined
      })
  }, job.everyMs)
  timer.unref()
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await working
    },
  }
}
