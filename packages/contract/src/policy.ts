import { z } from 'zod'
import { instant } from './text.ts'

/** Evidence kinds, strongest first (RULES E1). */
export const EVIDENCE_KINDS = [
  'assigned',
  'imported',
  'lead',
  'typed',
  'coupon',
  'stamp',
  'link',
  'hint',
] as const
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number]

const kind = z.enum(EVIDENCE_KINDS)
const days = z.int().min(0).max(3650)

/**
 * A version of the program's attribution policy (RULES, head). Absent fields take the default; a kind that
 * `order` does not name is no evidence under this policy.
 */
export const policyInput = z.strictObject({
  from: instant.optional(),
  order: z
    .array(z.union([kind, z.array(kind).min(1)]))
    .min(1)
    .refine((order) => new Set(order.flat()).size === order.flat().length, 'names a kind twice')
    .default([...EVIDENCE_KINDS]),
  within: z.enum(['last', 'first']).default('last'),
  windowDays: z
    .strictObject(Object.fromEntries(EVIDENCE_KINDS.map((name) => [name, days.optional()])))
    .default({}),
  lateClaimDays: days.default(30),
  settleMinutes: z
    .int()
    .min(0)
    .max(7 * 24 * 60)
    .default(60),
  ties: z.enum(['provisional', 'verified']).default('provisional'),
})
export type PolicyInput = z.input<typeof policyInput>
