/** Reads a database back and holds it against what its senders know. */
import { computeDecisions } from '../../apps/collector/src/services/credit/decide-customers.ts'
import { computeInstallations } from '../../apps/collector/src/services/credit/decide-installations.ts'
import { Directory } from '../../apps/collector/src/services/directory.ts'
import {
  installationsPage,
  installationsWithoutDecision,
  openStore,
  type Store,
} from '../../packages/store/src/index.ts'
import type { WireEvent } from './wire-events.ts'

export interface Findings {
  stored: number
  /** Acknowledged, and not there. */
  missing: string[]
  /** There more than once. */
  twice: string[]
  /** There, and never sent. */
  invented: string[]
  /** There with a content that its sender did not send. */
  altered: string[]
  /** Customers and installations whose stored decision is not what the facts give. */
  wronglyDecided: string[]
  customers: number
}

/** Opens the database on its own and checks every fact and every decision in it. */
export async function inspect(
  databaseUrl: string,
  programId: string,
  acked: Iterable<string>,
  sent: ReadonlyMap<string, WireEvent>,
): Promise<Findings> {
  const store = openStore(databaseUrl)
  try {
    const rows = await store.db
      .selectFrom('fact')
      .select(['id', 'content'])
      .where('program_id', '=', programId)
      .execute()
    const times = new Map<string, number>()
    for (const { id } of rows) times.set(id, (times.get(id) ?? 0) + 1)
    const decisions = await compareDecisions(store, programId)
    return {
      stored: rows.length,
      missing: [...acked].filter((id) => !times.has(id)),
      twice: [...times].filter(([, count]) => count > 1).map(([id]) => id),
      invented: [...times.keys()].filter((id) => !sent.has(id)),
      altered: rows.filter(({ id, content }) => !isWhatWasSent(content, sent.get(id))).map(idOf),
      ...decisions,
    }
  } finally {
    await store.close()
  }
}

/** Compares every stored decision with the one that a fresh reader makes from the facts. */
export async function compareDecisions(
  store: Store,
  programId: string,
): Promise<{ wronglyDecided: string[]; customers: number }> {
  const directory = new Directory(store)
  await directory.refresh()
  const program = directory.program(programId)
  if (!program) throw new Error(`no program ${programId}`)
  const rows = await store.db
    .selectFrom('customer')
    .select(['id', 'decision'])
    .where('program_id', '=', programId)
    .execute()
  const named = await store.db
    .selectFrom('fact')
    .select('customer')
    .distinct()
    .where('program_id', '=', programId)
    .where('customer', 'is not', null)
    .where('type', '!=', 'cancel')
    .execute()
  const stored = new Map(rows.map(({ id, decision }) => [id, decision]))
  const all = named.flatMap(({ customer }) => (customer === null ? [] : [customer]))
  const wronglyDecided = rows.length === stored.size ? [] : ['a customer has two rows']
  for (let from = 0; from < all.length; from += 200) {
    const fresh = await computeDecisions(store.db, program, all.slice(from, from + 200))
    for (const [customer, decision] of fresh) {
      if (stored.get(customer) !== JSON.stringify(decision)) wronglyDecided.push(customer)
    }
  }
  for (let after: string | undefined; ; ) {
    const page = await installationsPage(store.db, programId, { after, limit: 200 })
    const ids = page.map(({ id }) => id)
    const fresh = await computeInstallations(store.db, program, ids)
    for (const { id, decision } of page) {
      const stands = decision === JSON.stringify(fresh.get(id)?.decision)
      if (!stands) wronglyDecided.push(`installation ${id}`)
    }
    after = ids.at(-1)
    if (after === undefined) break
  }
  wronglyDecided.push(...(await installationsWithoutDecision(store.db, programId)))
  return { wronglyDecided, customers: all.length }
}

function idOf({ id }: { id: string }): string {
  return id
}

function isWhatWasSent(content: string, event: WireEvent | undefined): boolean {
  if (!event) return true
  const { id: _id, ...rest } = event
  return sorted(JSON.parse(content)) === sorted(rest)
}

function sorted(value: object): string {
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
