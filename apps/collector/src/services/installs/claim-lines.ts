/** Takes claim lines that somebody carried out by hand: each counts once, and a bad one spoils no other. */
import { type ClaimResult, LIMITS } from '@sentby/contract'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import { Refusal } from '../refusal.ts'
import { answerReport } from './answer.ts'
import { findLines, readLine } from './claim-line.ts'
import { installEventOf } from './install-event.ts'
import { type Reporter, takeReports, takeRequest } from './report-installs.ts'

/**
 * Reads and stores lines.
 *
 * @returns a result a claim line, in the order given.
 * @throws Refusal `empty_batch` without a line, `too_large` past {@link LIMITS.claimLines}; those of `takeEvents`,
 *   whose limit of requests holds where no line can be read too.
 */
export async function takeClaimLines(
  deps: Deps,
  reporter: Reporter,
  text: string,
): Promise<ClaimResult[]> {
  const found = findLines(text)
  if (found.length === 0 || found.length > LIMITS.claimLines) {
    await takeRequest(deps, reporter)
    if (found.length === 0) throw new Refusal('empty_batch')
    throw new Refusal('too_large', { detail: `${LIMITS.claimLines} lines at most` })
  }
  const lines = found.map(({ line, text }) => ({ line, read: readLine(text) }))
  const good = lines.flatMap(({ read }) => ('fields' in read ? [read.fields] : []))
  if (good.length === 0) await takeRequest(deps, reporter)
  const reports =
    good.length === 0 ? [] : await takeReports(deps, reporter, good.map(installEventOf))
  const program = await freshProgram(deps, reporter.program.row.id)
  let next = 0
  return lines.map(({ line, read }): ClaimResult => {
    if (!('fields' in read)) return { line, status: 'invalid', reason: read.reason }
    const { install } = read.fields
    const reported = reports[next++]
    if (!reported) throw new Error('a line without a result')
    if (reported.result.outcome === 'rejected') {
      const isLarge = reported.result.reason === 'too_large'
      return { line, status: 'invalid', reason: isLarge ? 'too_large' : 'malformed' }
    }
    const { status, code, reason } = answerReport(program, reported)
    return {
      line,
      status,
      install,
      ...(code === undefined ? {} : { code }),
      ...(reason === undefined ? {} : { reason }),
    }
  })
}
