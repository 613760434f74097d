import type { Verdict } from '@sentby/contract'
import type { SentbyEvent } from '@sentby/contract/events'
import type { FactRow } from '@sentby/store'
import { namedCode, readVerdict } from '../ingest/code-verdict.ts'

/** The verdict that was answered when a fact was stored, without a partner's name. */
export function readStoredVerdict(row: FactRow): Verdict | null {
  if (row.verdict === null) return null
  const code = namedCode(JSON.parse(row.content) as SentbyEvent, row.stamps)
  return readVerdict(row.verdict, code)
}
