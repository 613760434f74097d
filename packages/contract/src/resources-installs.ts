/** Installations: their reports, claims, decisions, and who supports them (CONTRACT §4.2, §4.3). */
import { z } from 'zod'
import { CLAIM_SOURCES } from './events.ts'
import { LIMITS } from './limits.ts'
import { flag, pageQuery, resourceId, storedInstant } from './resources.ts'
import { creditAnswer } from './resources-facts.ts'
import { email, freeText, instant, vendorId, wireId } from './text.ts'

/** A claim as forms and lines write it: the source, a colon, the code or the token. */
export const CLAIM_TEXT = new RegExp(`^(${CLAIM_SOURCES.join('|')}):`)

const claimText = z
  .string()
  .max(600)
  .regex(CLAIM_TEXT, `must be <source>:<value>, source one of ${CLAIM_SOURCES.join(' ')}`)

const key = z.string().max(200).optional()

export const installReport = z.strictObject({
  key,
  product: vendorId,
  install: wireId,
  version: freeText(255).optional(),
  claim: z
    .union([claimText, z.array(claimText).max(LIMITS.installClaims)])
    .optional()
    .meta({ description: 'One or several `<source>:<code or token>`.', example: 'flag:JANE' }),
  visitor: wireId.optional(),
  receipt: z.string().max(200).optional().meta({ description: 'Of the last answer.' }),
  ephemeral: z.boolean().optional(),
  at: instant.optional(),
  parent: wireId.optional().meta({ description: 'The installation that this one is a copy of.' }),
})
/** What an installation reports about itself. */
export type InstallReport = z.output<typeof installReport>

/** A code entered after the installation. */
export const lateClaim = z.strictObject({ key, code: z.string().min(1).max(128) })

/** The key may stand in the address of what products and forms send: a publishable one only. */
export const keyQuery = z.strictObject({ key })

const INSTALL_STATUSES = [
  'attributed',
  'unattributed',
  'unknown_code',
  'conflict',
  'duplicate',
  'cloned',
] as const

const told = {
  code: z.string().optional(),
  reason: z.string().optional(),
}

export const installAnswer = z.strictObject({
  status: z.enum(INSTALL_STATUSES),
  ...told,
  partner: z.strictObject({ name: z.string() }).optional(),
  receipt: z.string().optional().meta({ description: 'Kept, and sent with the next report.' }),
})
export type InstallAnswer = z.output<typeof installAnswer>

export const claimsAnswer = z.strictObject({
  results: z.array(
    z.strictObject({
      line: z.int().meta({ description: 'Where it starts, from 1.' }),
      status: z.enum([...INSTALL_STATUSES, 'invalid']),
      install: z.string().optional(),
      ...told,
    }),
  ),
})
export type ClaimResult = z.output<typeof claimsAnswer>['results'][number]

export const installationsQuery = z.strictObject({
  ...pageQuery,
  product: vendorId.optional(),
  partner: resourceId.optional(),
  download: resourceId.optional(),
  conflict: flag.optional().meta({ description: 'Whether somebody else has a claim as well.' }),
  copies: flag.optional().meta({ description: 'Only copies, or all but copies.' }),
})
export type InstallationsQuery = z.output<typeof installationsQuery>

const partner = z.strictObject({ id: z.string(), name: z.string() })

export const installationAnswer = z.strictObject({
  id: z.string(),
  ref: z.string().meta({ description: 'Our own opaque id, for partners who see no names.' }),
  product: z.string(),
  version: z.string().nullable(),
  partner: partner.nullable().meta({ description: 'Who is credited.' }),
  code: z.string().nullable(),
  reason: z.string(),
  conflict: z.boolean().meta({ description: 'Somebody else has a claim as well.' }),
  download: z.string().nullable(),
  copyOf: z.string().nullable(),
  ephemeral: z.boolean(),
  counted: z.boolean().meta({ description: 'Neither a copy nor ephemeral.' }),
  anchor: storedInstant.nullable(),
  firstSeen: storedInstant,
  lastSeen: storedInstant,
})
export type InstallationAnswer = z.output<typeof installationAnswer>

export const installationCreditAnswer = creditAnswer
  .omit({ customer: true, verified: true, provisional: true })
  .extend({
    installation: z.string(),
    provisional: z.null().meta({ description: 'Credit of an installation never waits.' }),
    conflict: z.boolean(),
  })
export type InstallationCreditAnswer = z.output<typeof installationCreditAnswer>

/** Exactly one of them; the service says so, as the document tells each as a parameter. */
export const supportQuery = z.strictObject({
  customer: vendorId.optional(),
  install: wireId.optional(),
  email: email.optional(),
})
export type SupportQuery = z.output<typeof supportQuery>

const SUPPORT_REASONS = [
  'credited',
  'no_credit',
  'unverified',
  'no_support',
  'partner_inactive',
  'not_found',
] as const

export const supportAnswer = z.strictObject({
  partner: partner.extend({ email: z.string() }).nullable(),
  reason: z.enum(SUPPORT_REASONS),
})
export type SupportAnswer = z.output<typeof supportAnswer>

export const groupChange = z.strictObject({
  name: freeText(255).optional(),
  support: z.boolean().optional(),
})
export type GroupChange = z.output<typeof groupChange>
