/** What groups earn, and which terms contradict themselves (CONTRACT §4.4). */
import { z } from 'zod'
import { offer } from './offer.ts'
import { moment, storedInstant } from './resources.ts'
import { REWARD_KINDS } from './resources-money.ts'
import { amountMinor, currency, vendorId } from './text.ts'

export const TRIGGERS = ['signup', 'first_sale', 'every_sale', 'qualification'] as const
export const BASES = ['gross', 'net_of_tax', 'net'] as const

/** 1,000 %: more is a slip of the keyboard. */
const MAX_BASIS_POINTS = 100_000

const basisPoints = z
  .int()
  .min(0)
  .max(MAX_BASIS_POINTS)
  .meta({ description: '3000 is 30 %.', example: 3000 })
const money = z.strictObject({ amount: amountMinor, currency })
const rate = z.union([z.strictObject({ basisPoints }), money])
const base = z.enum(BASES)

const tier = z.union([
  z.strictObject({ from: z.int().min(1), amount: amountMinor }),
  z.strictObject({ from: z.int().min(1), basisPoints }),
])

const fields = {
  from: moment
    .nullable()
    .optional()
    .meta({ description: 'In force from here on; null: from the beginning; absent: from now.' }),
  trigger: z.enum(TRIGGERS),
  rate: rate.optional(),
  tiers: z.array(tier).min(1).max(100).optional().meta({
    description: 'By the number of the referral, counted from 1; ascending. Instead of `rate`.',
  }),
  currency: currency.optional().meta({ description: 'Of the amounts of tiers.' }),
  products: z
    .record(vendorId, z.strictObject({ rate, base: base.optional() }))
    .refine((products) => Object.keys(products).length > 0, 'names no product')
    .optional()
    .meta({ description: "By a sale's `product`, else its `plan`; they go before the rate." }),
  base: base.optional().meta({ description: 'What a share is taken of; default `gross`.' }),
  duration: z
    .union([z.enum(['once', 'life']), z.strictObject({ months: z.int().min(1).max(1200) })])
    .optional()
    .meta({ description: "From the customer's first payment; default `life`." }),
  kind: z.enum(REWARD_KINDS).optional().meta({ description: 'Default `cash`.' }),
  holdDays: z.int().min(0).max(3650).optional(),
  review: z.enum(['manual', 'auto']).optional().meta({ description: 'Default `manual`.' }),
  caps: z
    .strictObject({
      perCustomer: amountMinor.optional(),
      perPeriod: amountMinor.optional(),
      perProgram: amountMinor.optional(),
    })
    .optional(),
  afterCancel: z.enum(['ends', 'resumes']).optional().meta({ description: 'Default `ends`.' }),
  minimumPayout: money.optional(),
  offer: offer
    .optional()
    .meta({ description: 'What the referred customer gets; for your billing, no reward.' }),
  qualification: z
    .strictObject({ paidPeriods: z.int().min(1).max(120), days: z.int().min(0).max(3650) })
    .optional(),
}

const termsShape = z.strictObject(fields)
type TermsShape = z.output<typeof termsShape>

/** What a group earns, as the vendor puts it; contradictions are refused where they stand. */
export const termsInput = termsShape.superRefine((terms, context) => {
  for (const { path, message } of contradictionsOf(terms)) {
    context.addIssue({ code: 'custom', path: [...path], message })
  }
})
export type TermsInput = z.output<typeof termsInput>

interface Contradiction {
  path: readonly (string | number)[]
  message: string
}

function contradictionsOf(terms: TermsShape): Contradiction[] {
  const { trigger, rate: given, tiers, products, qualification, duration, base: of } = terms
  const found: Contradiction[] = []
  const say = (path: Contradiction['path'], message: string) => found.push({ path, message })
  if (!given && !tiers && !products) say(['rate'], 'is missing: give a rate, tiers or products')
  if (given && tiers) say(['tiers'], 'stand instead of a rate, not beside it')
  if (trigger === 'qualification' && !qualification) {
    say(['qualification'], 'is missing: paidPeriods and days')
  }
  if (trigger !== 'qualification' && qualification) {
    say(['qualification'], 'belongs to the trigger qualification')
  }
  if (trigger === 'signup') refuseSaleTerms(terms, say)
  if (duration !== undefined && (trigger === 'signup' || trigger === 'qualification')) {
    say(['duration'], `means nothing to the trigger ${trigger}: it earns once`)
  }
  if (trigger === 'first_sale' && duration !== undefined && duration !== 'once') {
    say(['duration'], 'is once where only the first sale earns')
  }
  if (of !== undefined && !hasShare(terms)) say(['base'], 'a fixed amount is no share of a base')
  tellTiers(terms, say)
  return found
}

type Say = (path: Contradiction['path'], message: string) => void

/** At a signup nothing is paid: there is nothing to take a share of. */
function refuseSaleTerms({ rate: given, tiers = [], products, base: of }: TermsShape, say: Say) {
  if (given && 'basisPoints' in given) {
    say(['rate', 'basisPoints'], 'at a signup nothing is paid: give an amount')
  }
  tiers.forEach((one, index) => {
    if ('basisPoints' in one) {
      say(['tiers', index, 'basisPoints'], 'at a signup nothing is paid: give an amount')
    }
  })
  if (products) say(['products'], 'at a signup nothing is bought')
  if (of !== undefined) say(['base'], 'at a signup nothing is paid')
}

function tellTiers({ tiers, currency: of, trigger }: TermsShape, say: Say): void {
  if (!tiers) {
    if (of !== undefined) say(['currency'], 'is that of tiers; a rate names its own')
    return
  }
  tiers.forEach((one, index) => {
    if (one.from <= (tiers[index - 1]?.from ?? 0)) {
      say(['tiers', index, 'from'], 'must be above that of the tier before')
    }
  })
  const hasAmount = tiers.some((one) => 'amount' in one)
  if (of !== undefined && !hasAmount) say(['currency'], 'no tier has an amount')
  if (of === undefined && hasAmount && trigger === 'signup') {
    say(['currency'], 'is missing: a signup has no currency of its own')
  }
}

function hasShare({ rate: given, tiers = [], products = {} }: TermsShape): boolean {
  const rates = [given, ...tiers, ...Object.values(products).map((product) => product.rate)]
  return rates.some((one) => one !== undefined && 'basisPoints' in one)
}

export const termsVersion = z.strictObject({
  group: z.string().meta({ description: 'The slug.' }),
  version: z.int(),
  from: storedInstant.nullable().meta({ description: 'null: from the beginning of time.' }),
  hash: z.string().meta({ description: 'SHA-256 of the terms as canonical JSON.' }),
  createdAt: storedInstant,
  terms: z.strictObject({ ...fields, from: z.never().optional() }),
})
export type TermsVersionAnswer = z.output<typeof termsVersion>

export const termsAnswer = z.strictObject({
  inForce: z.int().nullable().meta({ description: 'The version that holds now.' }),
  versions: z.array(termsVersion).meta({ description: 'The latest first.' }),
})
export type TermsAnswer = z.output<typeof termsAnswer>
