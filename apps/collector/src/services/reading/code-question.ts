/** `GET /v1/codes/{code}`: does this code name an active partner now (CONTRACT §4.2, RULES S2)? */
import { type CodeQuestionAnswer, readCode } from '@sentby/contract'
import { codeAt, isActiveAt } from '@sentby/domain'
import type { PartnerRow } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { offerOf } from '../rewards/offer.ts'

/** Who asks. Only a publishable key, which anybody has, can ask too often. */
export interface Asker {
  programId: string
  keyId: string
  kind: 'publishable' | 'secret'
  network: string
}

/** When the bucket of misses is full for a while. */
const RETRY_SECONDS = 60

/**
 * Answers a question about a code.
 *
 * @throws Refusal `rate_limited` past the questions a minute or the misses that all routes share.
 */
export async function answerCodeQuestion(
  deps: Deps,
  asker: Asker,
  text: string,
): Promise<CodeQuestionAnswer> {
  const { programId, keyId, network } = asker
  const isOpen = asker.kind === 'publishable'
  if (isOpen) await deps.limits.takeCodeQuestion(keyId, network)
  const code = readCode(text)
  const found = code === null ? undefined : await findActivePartner(deps, programId, code)
  // At the answer, so that questions at the same time share what is left; of right codes too, or it would tell.
  if (isOpen && (await deps.limits.takeMisses(keyId, network, found ? 0 : 1)) <= 0) {
    throw new Refusal('rate_limited', { retryAfterSeconds: RETRY_SECONDS })
  }
  if (!found) return { valid: false, code }
  const program = deps.directory.program(programId)
  const offered = program && offerOf(program, found.id, new Date(deps.clock.now()).toISOString())
  return {
    valid: true,
    code,
    ...(found.shows_name === 1 ? { partner: { name: found.name } } : {}),
    ...(offered ? { offer: offered.offer } : {}),
  }
}

/** The partner of a code that is active now; that nobody has it is said only after a look in the database. */
export async function findActivePartner(
  deps: Pick<Deps, 'store' | 'directory' | 'clock'>,
  programId: string,
  code: string,
): Promise<PartnerRow | undefined> {
  const now = new Date(deps.clock.now()).toISOString()
  const known = deps.directory.program(programId)
  const found = known && activePartner(known, code, now)
  return found ?? activePartner(await freshProgram(deps, programId), code, now)
}

/** The partner of a code that is active at this moment. */
export function activePartner(
  program: ProgramConfig,
  code: string,
  now: string,
): PartnerRow | undefined {
  const found = codeAt(program.domain, code, now)
  const partner = found && program.domain.partners.get(found.partner)
  if (!found || !partner || !isActiveAt(partner, now)) return undefined
  if (found.until !== undefined && found.until < now) return undefined
  return program.partners.get(found.partner)
}
