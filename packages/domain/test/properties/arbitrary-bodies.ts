/** The contents of events, each as its sender may write it. */
import fc from 'fast-check'
import type { Claim, Trust } from '../../src/index.ts'
import {
  CODES,
  CUSTOMERS,
  DOWNLOADS,
  EMAILS,
  INSTALLS,
  mostly,
  PARTNERS,
  present,
  sometimes,
  UNKNOWN_CODE,
  VISITORS,
} from './arbitrary-moments.ts'
import type { StoryBody } from './story.ts'

export const customer = mostly(CUSTOMERS, 8)
export const visitor = mostly(VISITORS, 2)
export const install = mostly(INSTALLS, 3)
export const code = fc.oneof(
  { arbitrary: fc.constantFrom(...CODES), weight: 12 },
  { arbitrary: fc.constant(UNKNOWN_CODE), weight: 1 },
)
export const email = fc.constantFrom(...EMAILS)

const claim: fc.Arbitrary<Claim> = fc.oneof(
  {
    arbitrary: fc
      .record({
        source: fc.constantFrom('flag', 'env', 'config', 'prompt', 'url', 'filename'),
        code,
      })
      .map((found): Claim => found),
    weight: 4,
  },
  {
    arbitrary: fc
      .tuple(code, fc.option(mostly(DOWNLOADS), { nil: undefined, freq: 4 }))
      .map(([stamped, download]) =>
        present<Claim>({ source: 'stamp', code: stamped, none: undefined, download }),
      ),
    weight: 6,
  },
  {
    arbitrary: fc
      .constantFrom('env', 'stamp', 'url')
      .map((source): Claim => ({ source, code: null })),
    weight: 1,
  },
  {
    arbitrary: fc
      .constantFrom('flag', 'prompt')
      .map((source): Claim => ({ source, code: null, none: true })),
    weight: 1,
  },
)

export const visitBody = fc
  .record({ visitor, code, frame: sometimes(fc.constant(true as const), 8) })
  .map(({ frame, ...found }): StoryBody => present({ type: 'visit', ...found, frame }))

export const installBody = fc
  .record({
    install,
    visitor: sometimes(visitor, 2),
    claims: fc.array(claim, { minLength: 0, maxLength: 3 }),
    product: mostly(['tool', 'other'], 8),
    version: sometimes(fc.constantFrom('1.0', '2.0'), 2),
    parent: sometimes(mostly(INSTALLS, 2), 8),
    ephemeral: sometimes(fc.constant(true as const), 12),
  })
  .map((found): StoryBody => present({ type: 'install', ...found }))

const tieFields = {
  customer,
  visitor: fc.option(visitor, { nil: undefined, freq: 5 }),
  install: sometimes(install, 3),
  email: sometimes(email, 3),
}

export const identifyBody = fc
  .record(tieFields)
  .map((found): StoryBody => present({ type: 'identify', ...found }))

export function conversionBody(type: 'signup' | 'sale', trust: Trust): fc.Arbitrary<StoryBody> {
  const coupon = trust === 'secret' ? sometimes(code, 4) : fc.constant(undefined)
  return fc
    .record({ ...tieFields, code: sometimes(code, 4), coupon })
    .map((found): StoryBody => present({ type, ...found }))
}

export const assignBody = fc
  .record({ customer, partner: fc.constantFrom(...PARTNERS, null) })
  .map((found): StoryBody => ({ type: 'assign', ...found }))

export const leadBody = fc
  .record({
    lead: mostly(['l_1', 'l_2'], 2),
    code: fc.option(code, { nil: undefined, freq: 5 }),
    email: sometimes(email, 2),
    status: fc.constantFrom('accepted', 'accepted', 'accepted', 'new', 'declined', undefined),
    customer: fc.option(customer, { nil: undefined, freq: 2 }),
  })
  .map((found): StoryBody => present({ type: 'lead', ...found }))

export const acceptedLeadBody = fc
  .record({ lead: fc.constantFrom('l_1', 'l_2', 'l_3'), code, customer })
  .map((found): StoryBody => ({ type: 'lead', ...found, status: 'accepted' }))

export function codeBody(trust: Trust, isSigned: boolean): fc.Arbitrary<StoryBody> {
  const byVisitor = fc.record({ visitor, code })
  const byInstall = fc.record({ install, code })
  const byCustomer = fc.record({ customer, code })
  const named =
    trust === 'open' && !isSigned
      ? fc.oneof(byVisitor, byInstall)
      : fc.oneof(byVisitor, byInstall, byCustomer)
  const source =
    trust === 'secret' ? sometimes(fc.constant('coupon' as const), 3) : fc.constant(undefined)
  return fc
    .tuple(named, source)
    .map(
      ([found, from]): StoryBody =>
        from === undefined ? { type: 'code', ...found } : { type: 'code', ...found, source: from },
    )
}
