import { expect, it } from 'vitest'
import type { Fact, Policy } from '../../src/index.ts'
import { credit, decided } from './scene.ts'

/** What some facts must come to; what a row leaves out is the default policy, not verified, not provisional. */
export interface CreditRow {
  name: string
  facts: readonly Fact[]
  policy?: Partial<Policy>
  shared?: string[]
  verified?: boolean
  provisional?: string
  credit: string
}

/** One test a row: who is credited, whether the customer is verified, and whether the credit is provisional. */
export function creditRows(rows: readonly CreditRow[]): void {
  it.each(rows)('$name', (row) => {
    const decision = decided(row.facts, row.policy, row.shared)
    expect(credit(decision)).toBe(row.credit)
    expect(decision.verified).toBe(row.verified ?? false)
    expect(decision.provisional).toBe(row.provisional ?? null)
  })
}
