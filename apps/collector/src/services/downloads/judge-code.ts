/** A code that somebody typed, or came with, where a file is downloaded (RULES S2). */
import { readCode } from '@sentby/contract'
import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'
import { findActivePartner } from '../reading/code-question.ts'

export type JudgedCode =
  /** Of an active partner; with its name where it lets it show. */
  | { status: 'known'; code: string; partner: { name: string } | undefined }
  /** Nobody has it, or it is not active now, or it is no code at all. */
  | { status: 'unknown' }
  /** Asked too often from this network. */
  | { status: 'deferred' }

/** Judges a code; misses share the bucket of all routes. */
export async function judgeCode(
  deps: Pick<Deps, 'store' | 'directory' | 'clock' | 'limits'>,
  program: ProgramConfig,
  network: string,
  text: string,
): Promise<JudgedCode> {
  const key = bucketOf(program)
  if ((await deps.limits.takeMisses(key, network, 0)) <= 0) return { status: 'deferred' }
  const code = readCode(text)
  const partner = code === null ? undefined : await findActivePartner(deps, program.row.id, code)
  // At the answer, so that guesses at the same time share what is left.
  const left = await deps.limits.takeMisses(key, network, partner ? 0 : 1)
  if (left <= 0) return { status: 'deferred' }
  if (!partner || code === null) return { status: 'unknown' }
  const { name, shows_name } = partner
  return { status: 'known', code, partner: shows_name === 1 ? { name } : undefined }
}

/** Misses are counted by key; a page has none, so it shares that of the program's own site: its first. */
function bucketOf(program: ProgramConfig): string {
  const open = program.keys.filter((key) => key.kind === 'publishable' && key.revoked_at === null)
  const [first] = open.map((key) => key.id).sort()
  return first ?? program.row.id
}
