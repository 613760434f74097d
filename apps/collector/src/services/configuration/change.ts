/** A change of the vendor's configuration: one transaction under the program's lock, seen here at once. */
import { answeredUnder, keepAnswer, programRevision, raiseRevision, type Tx } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'

/** What configuration needs of the collector; the CLI has it too. */
export type ConfigureDeps = Pick<Deps, 'store' | 'directory' | 'clock' | 'publicUrl'>

/** The `Idempotency-Key` of a request, and a hash of the request. */
export interface Retry {
  key: string
  requestHash: string
}

/** What a change answers, with the status that says whether something was made. */
export interface Answer<Body> {
  status: 200 | 201
  body: Body
}

/** Inside the transaction of a change. */
export interface Change {
  tx: Tx
  /** As it was before the change. */
  program: ProgramConfig
  nowMs: number
  now: string
  /**
   * The revision for the rows that change; the program's is raised by the first call.
   *
   * @param decisions whether decisions already made can change.
   */
  revise(decisions: boolean): Promise<number>
  /** The program with the rows written so far. */
  reread(): Promise<ProgramConfig>
}

/**
 * Changes configuration. With an `Idempotency-Key` the answer is kept in the same transaction, and the same
 * request is answered again without effect.
 *
 * @throws Refusal `idempotency_key_reused` for another request under the same key; whatever `work` refuses.
 */
export async function changeConfiguration<Body>(
  deps: ConfigureDeps,
  programId: string,
  retry: Retry | undefined,
  work: (change: Change) => Promise<Answer<Body>>,
): Promise<Answer<Body>> {
  const answer = await deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'exclusive')
    const given = retry && (await givenAnswer<Body>(tx, programId, retry))
    if (given) return given
    const change = await beginChange(deps, tx, programId)
    const made = await work(change)
    if (retry) await keepGiven(tx, programId, retry, made, change.now)
    return made
  })
  await freshProgram(deps, programId)
  return answer
}

/**
 * The program as the database has it now: what another collector or the CLI changed is read first.
 *
 * @throws Refusal `not_found` when there is no such program.
 */
export async function freshProgram(
  deps: Pick<Deps, 'store' | 'directory'>,
  programId: string,
): Promise<ProgramConfig> {
  const revision = await programRevision(deps.store.db, programId)
  const { directory } = deps
  // A look that others began before this revision was committed is shared, so one may not be enough.
  for (let look = 0; look < 3; look++) {
    const program = directory.program(programId)
    if (program && program.row.revision >= (revision ?? 0)) return program
    await directory.refresh()
  }
  const program = directory.program(programId)
  if (!program) throw new Refusal('not_found')
  return program
}

async function beginChange(deps: ConfigureDeps, tx: Tx, programId: string): Promise<Change> {
  const program = await deps.directory.within(tx, programId)
  const nowMs = deps.clock.now()
  let revision: number | undefined
  let decisionsToo = false
  return {
    tx,
    program,
    nowMs,
    now: new Date(nowMs).toISOString(),
    async revise(decisions) {
      if (revision === undefined || (decisions && !decisionsToo)) {
        revision = await raiseRevision(tx.db, programId, decisions)
        decisionsToo = decisions
      }
      return revision
    },
    reread: () => deps.directory.within(tx, programId),
  }
}

/**
 * What was answered under the key before.
 *
 * @throws Refusal `idempotency_key_reused` for another request under the same key.
 */
export async function givenAnswer<Body>(
  tx: Tx,
  programId: string,
  { key, requestHash }: Retry,
): Promise<Answer<Body> | undefined> {
  const row = await answeredUnder(tx.db, programId, key)
  if (!row) return undefined
  if (row.request_hash !== requestHash) throw new Refusal('idempotency_key_reused')
  return { status: row.status === 201 ? 201 : 200, body: JSON.parse(row.body) as Body }
}

/**
 * Keeps an answer in the transaction of its effect. A secret is never kept: under `key` and `secret` the repeated answer
 * has null.
 */
export async function keepGiven<Body>(
  tx: Tx,
  programId: string,
  { key, requestHash }: Retry,
  answer: Answer<Body>,
  now: string,
): Promise<void> {
  const { body: told } = answer
  const secrets = ['key', 'secret'].filter(
    (name) => typeof told === 'object' && told !== null && name in told,
  )
  const hidden = Object.fromEntries(secrets.map((name) => [name, null]))
  const body = JSON.stringify(secrets.length > 0 ? { ...told, ...hidden } : told)
  await keepAnswer(tx.db, {
    program_id: programId,
    key,
    request_hash: requestHash,
    status: answer.status,
    body,
    created_at: now,
  })
}
