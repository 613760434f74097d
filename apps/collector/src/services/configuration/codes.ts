/** Codes: what names a partner. A code never goes to a second partner (RULES F5). */
import { randomInt } from 'node:crypto'
import {
  CODE_ALPHABET,
  type CodeAnswer,
  type CodeInput,
  canonicalCode,
  GENERATED_CODE_LENGTH,
  generateCode,
  type Page,
} from '@sentby/contract'
import { type CodeRow, insertCode } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { type PageRequest, pageInMemory } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import {
  type Answer,
  type Change,
  type ConfigureDeps,
  changeConfiguration,
  freshProgram,
  type Retry,
} from './change.ts'
import { linkUrl } from './link-url.ts'
import { decideWaiting } from './waiting-facts.ts'

/** Words that mean something else where codes are typed (RULES S4). */
const RESERVED = ['NONE', 'NULL', 'TEST']

/**
 * Gives a partner a code of the vendor's choice, or a generated one.
 *
 * @returns 200 with the existing code when the partner has it already.
 * @throws Refusal `not_found` for an unknown partner, `code_taken`, `invalid_request` for a reserved word.
 */
export function makeCode(
  deps: ConfigureDeps,
  programId: string,
  partnerId: string,
  input: CodeInput,
  retry?: Retry,
): Promise<Answer<CodeAnswer>> {
  return changeConfiguration(deps, programId, retry, async (change) => {
    const { program } = change
    if (!program.partners.has(partnerId)) throw new Refusal('not_found')
    const existing = input.code === undefined ? undefined : codeOf(program, partnerId, input.code)
    if (existing) return { status: 200, body: toCode(deps, program, existing) }
    const code = await insertNewCode(change, { partnerId, ...input, isPrimary: false })
    await decideWaiting(change, [code.code])
    return { status: 201, body: toCode(deps, program, code) }
  })
}

/** A partner's codes. */
export async function listCodes(
  deps: ConfigureDeps,
  programId: string,
  partnerId: string,
  page: PageRequest,
): Promise<Page<CodeAnswer>> {
  const program = await freshProgram(deps, programId)
  if (!program.partners.has(partnerId)) throw new Refusal('not_found')
  const codes = [...program.codes.values()].filter((code) => code.partner_id === partnerId)
  const { data, next } = pageInMemory(codes, (code) => code.code, page)
  return { data: data.map((code) => toCode(deps, program, code)), next }
}

/**
 * The row of a code that a partner has.
 *
 * @throws Refusal `code_taken` when it is another partner's.
 */
export function codeOf(
  program: ProgramConfig,
  partnerId: string,
  code: string,
): CodeRow | undefined {
  const known = program.codes.get(code)
  if (known && known.partner_id !== partnerId) throw new Refusal('code_taken')
  return known
}

/** A code about to be made inside a change. */
export interface NewCode {
  partnerId: string
  /** Canonical; absent: a generated one. */
  code?: string | undefined
  /** Absent: from the beginning of time (RULES F5). */
  from?: string | undefined
  isPrimary: boolean
}

/**
 * Writes a code that nobody has. Call `decideWaiting` when the change is complete.
 *
 * @throws Refusal `code_taken`, `invalid_request` for a reserved word.
 */
export async function insertNewCode(change: Change, input: NewCode): Promise<CodeRow> {
  const { program, tx, now } = change
  const code = input.code ?? unusedCode(program)
  if (program.codes.has(code)) throw new Refusal('code_taken')
  refuseReserved(program, code)
  const row: CodeRow = {
    program_id: program.row.id,
    code,
    partner_id: input.partnerId,
    origin: input.code === undefined ? 'generated' : 'vendor',
    is_primary: input.isPrimary ? 1 : 0,
    from_at: input.from ?? null,
    until_at: null,
    created_at: now,
    revision: await change.revise(false),
  }
  await insertCode(tx.db, row)
  return row
}

function refuseReserved(program: ProgramConfig, code: string): void {
  const { slug, name } = program.row
  if (![...RESERVED, canonicalCode(slug), canonicalCode(name)].includes(code)) return
  const errors = [{ pointer: '/code', detail: 'is a reserved word' }]
  throw new Refusal('invalid_request', { errors })
}

function unusedCode(program: ProgramConfig): string {
  for (;;) {
    const random = Array.from({ length: GENERATED_CODE_LENGTH - 1 }, () =>
      randomInt(CODE_ALPHABET.length),
    )
    const code = generateCode(random)
    if (!program.codes.has(code)) return code
  }
}

function toCode(
  deps: Pick<Deps, 'publicUrl' | 'directory'>,
  program: ProgramConfig,
  row: CodeRow,
): CodeAnswer {
  return {
    code: row.code,
    partner: row.partner_id,
    primary: row.is_primary === 1,
    origin: row.origin,
    from: row.from_at,
    until: row.until_at,
    url: linkUrl(deps, program, row.code),
    createdAt: row.created_at,
  }
}
