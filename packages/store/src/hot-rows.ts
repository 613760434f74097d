import type { ClickRow, FactRow } from './tables.ts'

/** Column order of the compiled inserts; both dialects bind by it. */
export const FACT_COLUMNS = [
  'program_id',
  'trust',
  'id',
  'type',
  'at',
  'received',
  'visitor',
  'install',
  'customer',
  'order_id',
  'lead_id',
  'email_hash',
  'content',
  'verdict',
  'bot',
  'signed',
  'stamps',
] as const satisfies readonly (keyof FactRow)[]

export const CLICK_COLUMNS = [
  'program_id',
  'id',
  'at',
  'code',
  'class',
] as const satisfies readonly (keyof ClickRow)[]

/** A fact's identity (RULES F3) as one text. */
export function factKey(programId: string, trust: string, id: string): string {
  return `${programId} ${trust} ${id}`
}

/** Clicks of one class on one code on one UTC day. */
export interface ClickCount {
  program_id: string
  code: string
  day: string
  class: string
  clicks: number
}

export const COUNT_COLUMNS = [
  'program_id',
  'code',
  'day',
  'class',
  'clicks',
] as const satisfies readonly (keyof ClickCount)[]
