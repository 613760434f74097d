import type { Fact, Told } from './money-program.ts'
import type { Step } from './money-story.ts'

const DAY_MS = 86_400_000

export type FactStep = Extract<
  Step,
  { do: 'sale' | 'refund' | 'dispute' | 'cancel' | 'assign' | 'signup' }
>

/** What a step of a story is on the wire; an assignment names the partner by its place. */
export function factOf(step: FactStep, id: string, nowMs: number): Fact {
  const atMs = nowMs - step.late * DAY_MS
  const base = { id, at: instantOf(atMs) }
  const secret = (event: object): Fact => ({ event: present(event), isOpen: false })
  switch (step.do) {
    case 'sale': {
      const { do: type, late: _late, period, ...sale } = step
      const span = period && { start: base.at, end: instantOf(atMs + period * DAY_MS) }
      return secret({ ...base, type, ...sale, period: span })
    }
    case 'refund': {
      const { do: type, late: _late, ...refund } = step
      return secret({ ...base, type, ...refund, refund: `${refund.order}-${refund.refund}` })
    }
    case 'dispute': {
      const { order, state } = step
      const status = state === 'won' ? 'undone' : 'made'
      return secret({ ...base, type: 'refund', order, refund: `${order}-dispute`, status })
    }
    case 'cancel': {
      const { customer, subscription } = step
      return secret({ ...base, type: 'cancel', customer, subscription })
    }
    case 'assign': {
      const { customer, to } = step
      const partner = to === null ? null : `${to}`
      return secret({ ...base, type: 'assign', customer, partner, reason: 'they say so' })
    }
    case 'signup': {
      const { customer, code, isOpen } = step
      return { event: present({ ...base, type: 'signup', customer, code }), isOpen }
    }
  }
}

/** JSON has no `undefined`. */
function present(event: object): Told {
  return JSON.parse(JSON.stringify(event)) as Told
}

export function instantOf(ms: number): string {
  return new Date(ms).toISOString()
}
