/** Groups, partners, codes and links: what the vendor configures (CONTRACT §4.3). */
import { z } from 'zod'
import { offer } from './offer.ts'
import { moment, newCode, pageQuery, resourceId, slug, storedInstant } from './resources.ts'
import { email, freeText, vendorId } from './text.ts'

const name = freeText(255)

const support = z
  .boolean()
  .meta({ description: 'Whether its partners give first-line support to their customers.' })

export const groupInput = z.strictObject({
  slug,
  name: name.optional(),
  support: support.optional(),
})
export type GroupInput = z.output<typeof groupInput>

export const groupAnswer = z.strictObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  support,
  createdAt: storedInstant,
})
export type GroupAnswer = z.output<typeof groupAnswer>

const payout = z
  .union([
    name,
    z.record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/),
      z.union([freeText(500), z.number(), z.boolean(), z.null()]),
    ),
  ])
  .meta({ description: 'How the partner is paid: a method, or its fields.' })

const from = moment.optional()

export const partnerInput = z.strictObject({
  email,
  name,
  group: slug.or(resourceId).optional().meta({ description: 'Slug or id; absent: `default`.' }),
  code: newCode.optional().meta({ description: 'The primary code; absent: a generated one.' }),
  customer: vendorId
    .nullable()
    .optional()
    .meta({ description: "The partner's own account as your customer (self-referral)." }),
  payout: payout.nullable().optional(),
  showsName: z
    .boolean()
    .optional()
    .meta({ description: 'Whether whoever types the code is told the name; default true.' }),
  from: from.meta({ description: 'Active from here on; absent: from the beginning of time.' }),
})
export type PartnerInput = z.output<typeof partnerInput>

export const PARTNER_STATUSES = ['active', 'inactive'] as const

export const partnerChange = z
  .strictObject({
    name: name.optional(),
    email: email.optional(),
    group: slug.or(resourceId).optional(),
    status: z.enum(PARTNER_STATUSES).optional(),
    customer: vendorId.nullable().optional(),
    payout: payout.nullable().optional(),
    showsName: z.boolean().optional(),
    from: from.meta({ description: 'From when status, group and email hold; absent: from now.' }),
  })
  .refine((change) => Object.keys(change).some((field) => field !== 'from'), 'changes nothing')
  .refine(
    ({ from, status, group, email }) => from === undefined || (status ?? group ?? email),
    'from dates a status, a group or an email',
  )
export type PartnerChange = z.output<typeof partnerChange>

export const partnerAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  group: z.string().meta({ description: 'The slug of its group now.' }),
  status: z.enum(PARTNER_STATUSES).meta({ description: 'As of now.' }),
  code: z.string().nullable().meta({ description: 'The primary code.' }),
  link: z
    .string()
    .nullable()
    .meta({ description: 'Where people click: the primary code as a URL.' }),
  customer: z.string().nullable(),
  payout: payout.nullable(),
  showsName: z.boolean(),
  createdAt: storedInstant,
})
export type PartnerAnswer = z.output<typeof partnerAnswer>

export const partnersQuery = z.strictObject({
  ...pageQuery,
  email: email.optional(),
  group: slug.or(resourceId).optional(),
  status: z.enum(PARTNER_STATUSES).optional(),
})

export const codeInput = z.strictObject({
  code: newCode.optional().meta({ description: 'Absent: a generated one.' }),
  from: from.meta({ description: 'Known from here on; absent: from the beginning of time.' }),
})
export type CodeInput = z.output<typeof codeInput>

export const codeAnswer = z.strictObject({
  code: z.string(),
  partner: z.string(),
  primary: z.boolean(),
  origin: z.enum(['generated', 'vendor', 'partner']),
  from: storedInstant.nullable(),
  until: storedInstant.nullable().meta({ description: 'The end of an old system’s code.' }),
  url: z.string(),
  createdAt: storedInstant,
})
export type CodeAnswer = z.output<typeof codeAnswer>

export const linkInput = z.strictObject({
  partner: resourceId,
  to: z.string().min(1).max(2048).meta({
    description: 'http(s) URL on one of the program’s sites.',
    example: 'https://acme.test/pricing',
  }),
  code: newCode.optional().meta({ description: 'Absent: a generated one of its own.' }),
  campaign: name.optional(),
})
export type LinkInput = z.output<typeof linkInput>

export const linkAnswer = z.strictObject({
  id: z.string(),
  partner: z.string(),
  code: z.string(),
  to: z.string(),
  campaign: z.string().nullable(),
  url: z.string(),
  createdAt: storedInstant,
})
export type LinkAnswer = z.output<typeof linkAnswer>

export const CLICK_CLASSES = ['counted', 'bot', 'prefetch', 'repeated'] as const

export const linkWithClicks = linkAnswer.extend({
  clicks: z.strictObject({
    counted: z.int(),
    bot: z.int(),
    prefetch: z.int(),
    repeated: z.int(),
  }),
})
export type LinkWithClicks = z.output<typeof linkWithClicks>

export const linksQuery = z.strictObject({ ...pageQuery, partner: resourceId.optional() })

export const codeQuestion = z.strictObject({ key: z.string().max(200).optional() })

export const codeQuestionAnswer = z.strictObject({
  valid: z.boolean(),
  code: z.string().nullable().meta({ description: 'Canonical; null where the text is no code.' }),
  partner: z.strictObject({ name: z.string() }).optional(),
  offer: offer.optional().meta({ description: 'What a customer who comes by it is offered now.' }),
})
export type CodeQuestionAnswer = z.output<typeof codeQuestionAnswer>
