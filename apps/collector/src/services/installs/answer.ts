/** What an installation is told about its report (CONTRACT §4.2). */
import type { InstallAnswer } from '@sentby/contract'
import type { EventResult } from '@sentby/contract/events'
import type { InstallationDecision } from '@sentby/domain'
import type { ProgramConfig } from '../program-config.ts'

/** What became of a report. */
export interface Reported {
  result: EventResult
  /** After the commit; absent where nothing was stored. */
  decision: InstallationDecision | undefined
  /** Asked too often: nothing is told about codes (RULES S2). */
  deferred: boolean
}

/**
 * The answer to a report that was stored or was there already. It tells a code only to who named it, or named none.
 *
 * @param program as it is after the commit.
 */
export function answerReport(program: ProgramConfig, reported: Reported): InstallAnswer {
  if (reported.result.outcome !== 'duplicate') return answerClaim(program, reported)
  const { status, code } = answerClaim(program, reported)
  // The answer may have been lost the first time: the code is told again.
  return { status: 'duplicate', ...(status === 'attributed' && code !== undefined ? { code } : {}) }
}

/** As {@link answerReport}; the same again has no word of its own. */
export function answerClaim(program: ProgramConfig, reported: Reported): InstallAnswer {
  const { result, decision } = reported
  const { verdict } = result
  if (reported.deferred || verdict?.status === 'deferred') {
    return { status: 'unattributed', reason: 'deferred' }
  }
  if (decision === undefined || result.outcome === 'conflict') {
    return { status: 'unattributed', reason: result.reason ?? 'no_conversion' }
  }
  const named = verdict?.code
  const owner = named === undefined ? undefined : program.codes.get(named)?.partner_id
  if (named !== undefined && owner === undefined) return { status: 'unknown_code', code: named }
  const { credited } = decision
  if (credited === null) {
    return { status: 'unattributed', ...told(named), reason: reasonOf(result, decision) }
  }
  if (owner !== undefined && owner !== credited.partner) return { status: 'conflict' }
  const partner = program.partners.get(credited.partner)
  return {
    status: 'attributed',
    ...told(credited.code ?? undefined),
    ...(verdict?.reason === undefined ? {} : { reason: verdict.reason }),
    ...(partner?.shows_name === 1 ? { partner: { name: partner.name } } : {}),
  }
}

function told(code: string | undefined): { code?: string } {
  return code === undefined ? {} : { code }
}

/** Why nobody is credited: first what speaks against this very report. */
function reasonOf({ id, verdict }: EventResult, decision: InstallationDecision): string {
  if (verdict?.reason !== undefined) return verdict.reason
  if (verdict?.status === 'inactive') return 'inactive'
  const own = decision.candidates.find(
    ({ evidence, code }) =>
      code === verdict?.code && (evidence === id || evidence.startsWith(`${id}#`)),
  )
  return own?.verdict ?? decision.reason
}
