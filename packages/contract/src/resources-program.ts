/** The program itself: its settings, its policy, its keys (CONTRACT §4.3). */
import { z } from 'zod'
import { policyInput } from './policy.ts'
import { storedInstant } from './resources.ts'
import { payoutCalendar } from './resources-payouts.ts'
import { currency, freeText } from './text.ts'

const timezone = z
  .string()
  .max(64)
  .refine(isTimezone, 'must be an IANA time zone')
  .meta({ example: 'Europe/Berlin' })

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

const address = z.string().min(1).max(2048)
const day = z.int().min(1).max(28)

const host = z
  .string()
  .max(255)
  .toLowerCase()
  .regex(
    /^(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?$/,
    'must be a host, with its port where it is not the usual one',
  )
  .meta({ example: 'go.acme.test' })

export const programChange = z
  .strictObject({
    name: freeText(255).optional(),
    timezone: timezone.optional(),
    currency: currency.optional(),
    site: address.optional().meta({ description: 'Where codes without a link lead.' }),
    sites: z
      .array(address)
      .max(100)
      .optional()
      .meta({ description: 'Links may lead to these origins only.' }),
    hosts: z.array(host).max(100).optional().meta({ description: 'Hosts the program answers on.' }),
    reviewDay: day.nullable().optional(),
    publishDay: day.nullable().optional(),
    payouts: payoutCalendar.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'changes nothing')
export type ProgramChange = z.output<typeof programChange>

export const programAnswer = z.strictObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  currency: z.string(),
  timezone: z.string(),
  site: z.string().nullable(),
  sites: z.array(z.string()),
  hosts: z.array(z.string()),
  reviewDay: z.int().nullable(),
  publishDay: z.int().nullable(),
  payouts: payoutCalendar.optional().meta({ description: 'Absent: none is closed by itself.' }),
  createdAt: storedInstant,
})
export type ProgramAnswer = z.output<typeof programAnswer>

const policyFields = policyInput.omit({ from: true }).shape

export const policyVersion = z.strictObject({
  version: z.int(),
  from: storedInstant.nullable().meta({ description: 'null: from the beginning of time.' }),
  ...policyFields,
  createdAt: storedInstant,
})
export type PolicyVersion = z.output<typeof policyVersion>

export const policyAnswer = policyVersion.extend({ versions: z.array(policyVersion) })
export type PolicyAnswer = z.output<typeof policyAnswer>

export const KEY_KINDS = ['publishable', 'secret'] as const

export const keyInput = z.strictObject({ kind: z.enum(KEY_KINDS) })

export const keyAnswer = z.strictObject({
  id: z.string(),
  kind: z.enum(KEY_KINDS),
  hint: z.string().meta({ description: 'The key’s first characters.' }),
  createdAt: storedInstant,
  revokedAt: storedInstant.nullable(),
})
export type KeyAnswer = z.output<typeof keyAnswer>

export const newKeyAnswer = keyAnswer.extend({
  key: z.string().nullable().meta({
    description: 'Shown once. null when the same Idempotency-Key asks again: only a hash is kept.',
  }),
})
export type NewKeyAnswer = z.output<typeof newKeyAnswer>
