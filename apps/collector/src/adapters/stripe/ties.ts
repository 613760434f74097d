/** What joins a customer of Stripe's to a visitor and to a partner's code. Nothing else in metadata is ever read. */
import { canonicalCode, email as emailSchema, wireId } from '@sentby/contract'
import type { Scene } from './reading.ts'
import type { Discount } from './shapes.ts'

type Metadata = Readonly<Record<string, unknown>> | undefined

export interface Ties {
  visitor?: string
  code?: string
}

/** The visitor ids that the script makes. */
const OUR_VISITOR = /^v_[0-9a-f]{32}$/

/**
 * Where other platforms' set-ups put a partner's code. Their values may be anything else as well, so they count only
 * where the program has the code.
 */
const FOREIGN_KEYS = [
  ...['referral', 'via', 'ref', 'refcode', 'aff', 'affiliate', 'cref', 'fpr', 'fp_ref', 'fp_uid'],
  ...['tolt_referral', 'affonso_referral', 'ps_partner_key', 'partner_key'],
]

/**
 * Reads the ties of an object: `sentby_visitor` and `sentby_code` of its metadata, the first that are there; a
 * reference that is a visitor id of our script's; codes under other platforms' keys.
 */
export function readTies(
  scene: Scene,
  metadata: readonly Metadata[],
  reference: string | undefined = undefined,
): Ties {
  const visitor =
    first(metadata, (fields) => visitorIn(textOf(fields, 'sentby_visitor'))) ??
    (reference !== undefined && OUR_VISITOR.test(reference) ? reference : undefined)
  const code =
    first(metadata, (fields) => canonicalCode(textOf(fields, 'sentby_code')) ?? undefined) ??
    first(metadata, (fields) => first(FOREIGN_KEYS, (key) => scene.knownCode(textOf(fields, key))))
  return { ...(visitor === undefined ? {} : { visitor }), ...(code === undefined ? {} : { code }) }
}

/** The text of a promotion code where the payload carries it; else the id of a coupon that is a partner's code. */
export function readCoupon(
  scene: Scene,
  discounts: readonly (Discount | undefined)[],
): { coupon?: string } {
  const promotion = first(discounts, (discount) =>
    canonicalCode(discount?.promotion_code?.code ?? ''),
  )
  const coupon =
    promotion ??
    first(discounts, (discount) =>
      scene.knownCode(discount?.coupon ?? discount?.source?.coupon ?? ''),
    )
  return coupon == null ? {} : { coupon }
}

/** An e-mail address that an event may carry; an odd one is left away rather than the event. */
export function readEmail(text: string | undefined): { email?: string } {
  return text !== undefined && emailSchema.safeParse(text).success ? { email: text } : {}
}

export function readName(text: string | undefined): { name?: string } {
  const name = text?.trim().slice(0, 255).toWellFormed()
  return name ? { name } : {}
}

function visitorIn(text: string): string | undefined {
  return wireId.safeParse(text).success ? text : undefined
}

function textOf(fields: Metadata, key: string): string {
  const value = fields && Object.hasOwn(fields, key) ? fields[key] : undefined
  return typeof value === 'string' ? value : ''
}

function first<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Found | null | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found != null) return found
  }
  return undefined
}
