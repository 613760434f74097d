/** Installations report themselves, and codes that were entered later (CONTRACT §4.2, RULES E9). */
import type { InstallAnswer, InstallReport } from '@sentby/contract'
import type { EventResult, SentbyEvent, SentbyEventInput } from '@sentby/contract/events'
import { installationsById, raiseReceipt } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import { type DecidedInstallation, readInstallationDecisions } from '../credit/read-installation.ts'
import { unknownCodes } from '../ingest/code-verdict.ts'
import { takeEvents } from '../ingest/take-events.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { answerClaim, answerReport, type Reported } from './answer.ts'
import { claimEventOf, installEventOf } from './install-event.ts'
import { makeReceipt, readReceipt } from './receipts.ts'

/** How long one answer decides; whoever is left is decided by the job, and told nothing yet. */
const DECIDING_MS = 3000

/** Who reports. */
export interface Reporter {
  program: ProgramConfig
  keyId: string
  kind: 'publishable' | 'secret'
  network: string
  /** Size of the request. */
  bytes: number
}

/**
 * Takes a report of an installation.
 *
 * @throws Refusal `invalid_request`, `too_large` for what does not fit an event; those of `takeEvents`.
 */
export async function reportInstall(
  deps: Deps,
  reporter: Reporter,
  report: InstallReport,
): Promise<InstallAnswer> {
  const { program } = reporter
  const { product, install } = report
  const owner = { product, install }
  const shown = readReceipt(deps.config, program, owner, report.receipt)
  if (shown !== null && (await isOutdated(deps, reporter, install, shown))) {
    return { status: 'cloned' }
  }
  const claims = [report.claim ?? []].flat()
  const [reported] = await takeReports(deps, reporter, [installEventOf({ ...report, claims })])
  if (!reported) throw new Error('a report without a result')
  refuseRejected(reported.result)
  const receipt = await nextReceipt(deps, reporter, install, shown, reported)
  const fresh = await freshProgram(deps, program.row.id)
  return {
    ...answerReport(fresh, reported),
    receipt: makeReceipt(deps.config, program, owner, receipt),
  }
}

/**
 * Takes a code that was entered after the installation.
 *
 * @throws Refusal `not_found` when no installation has this id; those of {@link reportInstall}.
 */
export async function claimInstall(
  deps: Deps,
  reporter: Reporter,
  install: string,
  code: string,
): Promise<InstallAnswer> {
  const programId = reporter.program.row.id
  const [known] = await installationsById(deps.store.db, programId, [install])
  if (!known) {
    await takeRequest(deps, reporter)
    throw new Refusal('not_found', { detail: 'no installation has this id' })
  }
  const [reported] = await takeReports(deps, reporter, [claimEventOf(install, code)])
  if (!reported) throw new Error('a claim without a result')
  refuseRejected(reported.result)
  return answerClaim(await freshProgram(deps, programId), reported)
}

/** A report with what became of it. */
export interface StoredReport extends Reported {
  decided: DecidedInstallation | undefined
}

/** Takes events that name installations through the one way in, and reads what they led to. */
export async function takeReports(
  deps: Deps,
  reporter: Reporter,
  events: readonly SentbyEventInput[],
): Promise<StoredReport[]> {
  const { program, keyId, kind, network, bytes } = reporter
  const more = { bot: false, sentAt: undefined }
  const delivery = { program, keyId, kind, network, bytes, events, ...more }
  const results = await takeEvents(deps, delivery)
  const isDeferred =
    kind === 'publishable' ? await deferGuesses(deps, reporter, events, results) : () => false
  const installs = [...new Set(events.flatMap(installOf))]
  const { id } = program.row
  const decided = await readInstallationDecisions(deps, id, installs, DECIDING_MS)
  return results.map((result, index) => {
    const of = decided.get(installOf(events[index])[0] ?? '')
    const deferred = isDeferred(result) || of?.isStale === true
    return { result, deferred, decided: of, decision: of?.decision }
  })
}

function installOf(event: SentbyEventInput | undefined): string[] {
  return event && 'install' in event && event.install !== undefined ? [event.install] : []
}

/**
 * An event's verdict is about one code, and an installation may name many, each a guess. Counts the others; where there
 * were too many before, nothing is told to who guessed, or asks without a code what came of it (RULES S2).
 */
async function deferGuesses(
  deps: Deps,
  { program, keyId, network }: Reporter,
  events: readonly SentbyEventInput[],
  results: readonly EventResult[],
): Promise<(result: EventResult) => boolean> {
  let misses = 0
  for (const [index, event] of events.entries()) {
    const { verdict, outcome } = results[index] ?? {}
    if (event.type !== 'install' || outcome === 'rejected') continue
    const unknown = unknownCodes(program, event as SentbyEvent, null)
    misses += unknown.filter((code) => code !== verdict?.code).length
  }
  if ((await deps.limits.takeMisses(keyId, network, misses)) > 0) return () => false
  return ({ verdict }) => misses > 0 || verdict?.code === undefined
}

/** Whether the successor of this receipt was shown already: then this is a copy of an earlier state. */
async function isOutdated(
  deps: Deps,
  reporter: Reporter,
  install: string,
  shown: number,
): Promise<boolean> {
  const [row] = await installationsById(deps.store.db, reporter.program.row.id, [install])
  if (!row || shown >= row.receipts) return false
  await takeRequest(deps, reporter)
  return true
}

async function nextReceipt(
  deps: Deps,
  { program }: Reporter,
  install: string,
  shown: number | null,
  { decided }: StoredReport,
): Promise<number> {
  const known = decided?.row.receipts ?? 0
  if (shown === null || shown <= known) return known + 1
  await deps.store.transaction(({ db }) => raiseReceipt(db, program.row.id, install, shown))
  return shown + 1
}

/** What stores nothing costs a request all the same. */
export async function takeRequest(deps: Deps, { kind, keyId, network }: Reporter): Promise<void> {
  if (kind === 'publishable') await deps.limits.takeOpenRequest(keyId, network)
}

/** The parts of an event under the names that reports have for them. */
function refuseRejected({ outcome, reason, errors = [] }: EventResult): void {
  if (outcome !== 'rejected') return
  if (reason === 'too_large') throw new Refusal('too_large', { errors })
  const told = errors.map(({ pointer, detail }) => ({
    pointer: pointer.replace(/^\/claims/, '/claim').replace(/\/value$/, ''),
    detail,
  }))
  throw new Refusal('invalid_request', { errors: told })
}
