/** Tells `installation.credited` when deciding gives an installation to another partner, or to nobody any more. */
import type { InstallationDecision } from '@sentby/domain'
import { creditsOfInstallations, type Tx } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { enqueue, isWanted, type NewMessage } from './enqueue.ts'

const NOTHING: ReadonlyMap<string, string> = new Map()

/**
 * The partners that installations are credited to now; read before the decisions are saved. Where nobody wants to be told,
 * nothing is read: this stands on the way of every report.
 */
export async function installationCreditsBefore(
  tx: Tx,
  program: ProgramConfig,
  installs: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (!isWanted(program, 'installation.credited')) return NOTHING
  const rows = await creditsOfInstallations(tx.db, program.row.id, installs)
  return new Map(
    rows.flatMap(({ id, partner_id }) => (partner_id === null ? [] : [[id, partner_id] as const])),
  )
}

/** Writes a message for every decision that credits another than {@link installationCreditsBefore} read. */
export async function tellInstallations(
  tx: Tx,
  program: ProgramConfig,
  before: ReadonlyMap<string, string>,
  decisions: Iterable<InstallationDecision>,
  nowMs: number,
): Promise<void> {
  if (!isWanted(program, 'installation.credited')) return
  const messages: NewMessage[] = []
  for (const decision of decisions) {
    const previous = before.get(decision.installation) ?? null
    if ((decision.credited?.partner ?? null) === previous) continue
    messages.push({ type: 'installation.credited', data: toData(decision, previous) })
  }
  await enqueue(tx, program, messages, nowMs)
}

/** As `GET /v1/installations/{id}/credit` tells it, with the partner's id alone. */
function toData(decision: InstallationDecision, previous: string | null): NewMessage['data'] {
  const { installation, product, credited, reason, contested, anchor, policyVersion } = decision
  return {
    installation,
    product,
    credited: credited && {
      partner: { id: credited.partner },
      code: credited.code,
      evidence: credited.evidence,
    },
    reason,
    conflict: contested,
    anchor,
    policy: { version: policyVersion },
    previous: previous === null ? null : { partner: { id: previous } },
  }
}
