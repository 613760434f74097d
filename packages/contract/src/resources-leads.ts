/** Leads: somebody whom a partner refers by name, and what the vendor decides about it (CONTRACT §4.3, RULES E5). */
import { z } from 'zod'
import { leadEvent } from './events.ts'
import { flag, pageQuery, resourceId, storedInstant } from './resources.ts'
import { freeText, vendorId } from './text.ts'

export const LEAD_STATUSES = ['new', 'accepted', 'declined'] as const
export type LeadStatus = (typeof LEAD_STATUSES)[number]

/** By what two leads are taken for one: the same mailbox, the same domain of a company, the same company's name. */
export const DUPLICATE_BY = ['email', 'domain', 'company'] as const
export type DuplicateBy = (typeof DUPLICATE_BY)[number]

const { shape } = leadEvent

export const leadInput = z
  .strictObject({
    lead: vendorId
      .optional()
      .meta({ description: 'Your id of it; absent: one of ours. The same id is the same lead.' }),
    partner: resourceId.optional().meta({ description: 'Who refers; or `code`.' }),
    code: shape.code,
    name: shape.name.unwrap(),
    email: shape.email.unwrap(),
    company: shape.company,
    note: shape.note,
  })
  .refine(
    ({ partner, code }) => (partner === undefined) !== (code === undefined),
    'must name exactly one of partner, code',
  )
export type LeadInput = z.output<typeof leadInput>

const seen = z.enum(LEAD_STATUSES).default('new').meta({
  description: 'The status that the decision rests on; it is `stale` where that is another by now.',
})

export const leadAcceptance = z.strictObject({
  customer: vendorId.optional().meta({
    description: 'Whom it became; absent: the customer whose e-mail is the lead’s.',
  }),
  reason: freeText(4000).optional(),
  seen,
})
export type LeadAcceptance = z.output<typeof leadAcceptance>

export const leadRefusal = z.strictObject({ reason: freeText(4000), seen })
export type LeadRefusal = z.output<typeof leadRefusal>

export const leadsQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(LEAD_STATUSES).optional(),
  partner: resourceId.optional(),
  duplicate: flag
    .optional()
    .meta({ description: 'Whether another lead is of its person or company.' }),
})
export type LeadsQuery = z.output<typeof leadsQuery>

const partner = z
  .strictObject({ id: z.string(), name: z.string() })
  .nullable()
  .meta({ description: 'Who has its code; null: nobody.' })

export const leadAnswer = z.strictObject({
  id: z.string(),
  status: z.enum(LEAD_STATUSES),
  partner,
  code: z.string().nullable().meta({ description: 'null: its first event has not arrived.' }),
  name: z.string().nullable().meta({ description: 'null, as below: not given, or erased.' }),
  email: z.string().nullable(),
  company: z.string().nullable(),
  note: z.string().nullable(),
  customer: z.string().nullable().meta({ description: 'Whom you named when accepting.' }),
  reason: z.string().nullable().meta({ description: 'Of the decision.' }),
  submittedAt: storedInstant.meta({ description: 'Its time as evidence: its first filing.' }),
  decidedAt: storedInstant.nullable(),
})
export type LeadAnswer = z.output<typeof leadAnswer>

export const listedLeadAnswer = leadAnswer.extend({
  duplicate: z.boolean().meta({
    description: 'Another lead is of its person or company. For your eyes: tell no partner.',
  }),
})
export type ListedLeadAnswer = z.output<typeof listedLeadAnswer>

export const leadDetail = listedLeadAnswer.extend({
  duplicates: z
    .array(
      z.strictObject({
        lead: z.string(),
        by: z.array(z.enum(DUPLICATE_BY)),
        status: z.enum(LEAD_STATUSES),
        partner,
        submittedAt: storedInstant,
      }),
    )
    .meta({ description: 'The first 50, the earliest first. For your eyes: tell no partner.' }),
  knownCustomers: z
    .array(z.string())
    .meta({ description: 'Customers that your backend gave this e-mail.' }),
  history: z
    .array(
      z.strictObject({
        event: z.string(),
        at: storedInstant,
        received: storedInstant,
        status: z.enum(LEAD_STATUSES).nullable().meta({ description: 'null: it says none.' }),
        code: z.string().nullable(),
        customer: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    )
    .meta({ description: 'Its facts by the time that they count at.' }),
})
export type LeadDetail = z.output<typeof leadDetail>
