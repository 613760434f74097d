import { expect, it } from 'vitest'
import type { Candidate, CandidateVerdict, Fact } from '../../src/index.ts'
import { CONVERSION, decided } from './scene.ts'

export interface VerdictRow {
  name: string
  facts: readonly Fact[]
  verdict: CandidateVerdict
}

/** One test a row: what becomes of piece `a`, beside a secret signup at the anchor that ties visitor `v1`. */
export function verdictRows(rows: readonly VerdictRow[]): void {
  it.each(rows)('$name', ({ facts, verdict }) => {
    const { candidates } = decided([CONVERSION, ...facts])
    expect(verdictsOfA(candidates)).toEqual([verdict])
  })
}

/** Of the pieces of fact `a`. */
export function verdictsOfA(candidates: readonly Candidate[]): CandidateVerdict[] {
  return candidates.filter(({ evidence }) => evidence.startsWith('a')).map(({ verdict }) => verdict)
}
