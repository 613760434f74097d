/** Versions of the attribution policy: dated and append-only (RULES A6, F5). */
import {
  type PolicyAnswer,
  type PolicyVersion,
  type policyInput,
  policyVersion,
  toInstant,
} from '@sentby/contract'
import { DEFAULT_POLICY } from '@sentby/domain'
import { insertPolicy, type PolicyRow } from '@sentby/store'
import type { z } from 'zod'
import { type ConfigureDeps, changeConfiguration, freshProgram } from './change.ts'

/** The version in force now, and all versions, the latest first. */
export async function readPolicy(deps: ConfigureDeps, programId: string): Promise<PolicyAnswer> {
  const program = await freshProgram(deps, programId)
  const now = new Date(deps.clock.now()).toISOString()
  const versions = program.policyRows.map(toVersion).reverse()
  const inForce = versions.find(({ from }) => from === null || from <= now) ?? versions.at(-1)
  if (!inForce) throw new Error(`program ${programId} has no policy`)
  return { ...inForce, versions }
}

/** Makes a new version, in force from `from`, or from now. Decisions are made anew under it where it holds. */
export async function makePolicy(
  deps: ConfigureDeps,
  programId: string,
  { from, ...policy }: z.output<typeof policyInput>,
): Promise<PolicyVersion> {
  const answer = await changeConfiguration(deps, programId, undefined, async (change) => {
    const { program, tx, now } = change
    const versions = program.policyRows.map((row) => row.version)
    const row: PolicyRow = {
      program_id: programId,
      version: Math.max(0, ...versions) + 1,
      from_at: (from === undefined ? null : toInstant(from)) ?? now,
      body: JSON.stringify(policy),
      created_at: now,
    }
    await change.revise(true)
    await insertPolicy(tx.db, row)
    return { status: 200, body: toVersion(row) }
  })
  return answer.body
}

function toVersion(row: PolicyRow): PolicyVersion {
  const { version: _version, from: _from, ...defaults } = DEFAULT_POLICY
  return policyVersion.parse({
    ...defaults,
    ...(JSON.parse(row.body) as object),
    version: row.version,
    from: row.from_at,
    createdAt: row.created_at,
  })
}
