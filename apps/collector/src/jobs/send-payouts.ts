/** Sends payouts over APIs and asks how they stand; safe on any number of collectors. */
import { reconcileDue } from '../services/payouts/reconcile.ts'
import { sendReady } from '../services/payouts/send-ready.ts'
import type { SendDeps } from '../services/payouts/sending.ts'
import { startTimed } from './timed-job.ts'

const EVERY_MS = 5000

/** What was done in one run. */
export interface SendingRun {
  /** Batches that were sent. */
  sent: number
  /** Batches about which a provider was asked. */
  looked: number
}

/** Starts the job; programs that send nothing cost three small reads. */
export function startSending(deps: SendDeps): { stop(): Promise<void> } {
  return startTimed(deps, {
    failing: 'sent payouts wait',
    everyMs: EVERY_MS,
    run: (isStopped) => runSending(deps, isStopped),
  })
}

/** Sends and asks everything that is due now. */
export async function runSending(
  deps: SendDeps,
  isStopped: () => boolean = () => false,
): Promise<SendingRun> {
  const run: SendingRun = { sent: 0, looked: 0 }
  for (const { row } of [...deps.directory.programs()]) {
    if (isStopped()) break
    run.sent += await sendReady(deps, row.id, isStopped)
    run.looked += await reconcileDue(deps, row.id, isStopped)
  }
  return run
}
