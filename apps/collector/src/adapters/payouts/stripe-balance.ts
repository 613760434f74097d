/**
 * Pays account credit into the balances that customers have at Stripe: one transaction a payout. Stripe keeps the key of
 * a request for a day at least, and the same key again pays nothing more. For ever the transaction keeps the payout's id,
 * and is found by it.
 */
import { createHash } from 'node:crypto'
import type { Stripe } from 'stripe'
import { toStripeAmount } from '../stripe/minor-units.ts'
import { inParallel } from './in-parallel.ts'
import {
  type BatchReport,
  type Payment,
  type PaymentBatch,
  type PaymentProvider,
  type PaymentReport,
  ProviderRefusal,
} from './provider.ts'
import { findCredit, isMissing, meaningOf, PAYOUT, readMade } from './stripe-transactions.ts'

export interface StripeBalanceAccount {
  /** A restricted key that may write customers. */
  apiKey: string
  /** A connected account (`acct_…`), or `null` for the key's own. */
  account: string | null
}

export interface StripeBalanceOptions {
  /** Instead of Stripe's own. */
  url?: string | undefined
  /** For each request. */
  timeoutMs: number
  now: () => number
}

const HOUR_MS = 60 * 60 * 1000
/** An hour less than Stripe promises: clocks differ. */
const KEY_LIFE_MS = 23 * HOUR_MS
/** Transactions are looked for from a day before they can have been made: clocks differ. */
const LOOK_BACK_MS = 24 * HOUR_MS
/** Requests under way at a time: a part of the 25 a second that Stripe takes in test mode. */
const PARALLEL = 8
/** After this no payment is begun any more; what is left is sent with the next call. */
const SEND_MS = 3 * 60 * 1000

interface Opened {
  library: typeof Stripe
  stripe: Stripe
}

/**
 * The provider for one Stripe account. What Stripe refuses of one payment fails by itself, with Stripe's words; what got
 * no answer is `unknown`, and the payments after it are left for the next call.
 */
export function stripeBalance(
  account: StripeBalanceAccount,
  options: StripeBalanceOptions,
): PaymentProvider {
  let opened: Promise<Opened> | undefined
  const open = () => {
    opened ??= openStripe(account, options)
    return opened
  }
  return {
    account: nameOf(account),
    keyLifeMs: KEY_LIFE_MS,
    // Each payment stands by itself: one that cannot be made holds up no other.
    refuses: () => null,
    send: async (batch) => sendAll(await open(), account, options, batch),
    look: async (batch) => lookForAll(await open(), options, batch),
  }
}

/** The library costs a third of a second, so it is loaded with the first call. */
async function openStripe(
  { apiKey, account }: StripeBalanceAccount,
  { url, timeoutMs }: StripeBalanceOptions,
): Promise<Opened> {
  const { Stripe: library } = await import('stripe')
  const at = url === undefined ? undefined : new URL(url)
  const isPlain = at?.protocol === 'http:'
  const stripe = new library(apiKey, {
    // Whether to ask again is decided here, where it is written down before.
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    ...(account === null ? {} : { stripeAccount: account }),
    ...(at && {
      host: at.hostname,
      port: at.port || (isPlain ? 80 : 443),
      protocol: isPlain ? 'http' : 'https',
    }),
  })
  return { library, stripe }
}

/**
 * A name for whose money it is that tells nothing of the key. The keys of one account and mode begin alike; where one
 * does not, it is taken for another account's, and what is under way waits for a person.
 */
function nameOf({ apiKey, account }: StripeBalanceAccount): string {
  const beginning = apiKey.slice(0, 'rk_live_'.length + 16)
  const print = createHash('sha256').update(beginning).digest('hex').slice(0, 16)
  const mode = apiKey.startsWith('rk_live_') ? 'live' : 'test'
  return ['stripe', mode, print, ...(account === null ? [] : [account])].join(':')
}

async function sendAll(
  { library, stripe }: Opened,
  account: StripeBalanceAccount,
  { now }: StripeBalanceOptions,
  batch: PaymentBatch,
): Promise<BatchReport> {
  const payments: PaymentReport[] = []
  let later: string | undefined
  const beginsUntil = performance.now() + SEND_MS
  const isOld = now() - Date.parse(batch.firstSentAt) >= KEY_LIFE_MS
  await inParallel(PARALLEL, batch.payments, async (payment) => {
    const { report, goesOn = true } = await creditOnce(payment)
    if (report) payments.push(report)
    return goesOn && performance.now() < beginsUntil
  })
  if (later !== undefined && payments.length === 0) {
    throw new ProviderRefusal(later, { later: true })
  }
  return { providerId: null, payments }

  async function creditOnce(
    payment: Payment,
  ): Promise<{ report?: PaymentReport; goesOn?: boolean }> {
    const customer = customerOf(payment)
    const amount = toStripeAmount(payment.amount, payment.currency)
    if (customer === null) return { report: ended(payment, 'failed', NO_CUSTOMER) }
    if (amount === null) return { report: ended(payment, 'failed', NO_AMOUNT) }
    try {
      // Its key may have ended.
      const found = isOld ? await find(payment) : null
      return { report: found ?? readMade(payment, await credit(customer, payment, amount)) }
    } catch (error) {
      const said = safe(library, account, error)
      switch (meaningOf(library, error)) {
        case 'refused':
          return { report: await refused(payment, said) }
        case 'later':
          later ??= said
          return { goesOn: false }
        case 'unknown':
          return {
            report: ended(payment, 'unknown', said),
            // A clash of keys is this payment's alone.
            goesOn: error instanceof library.errors.StripeIdempotencyError,
          }
      }
    }
  }

  function credit(customer: string, { id, currency }: Payment, amount: number): Promise<unknown> {
    const description = batch.note.slice(0, 350)
    const metadata = { [PAYOUT]: id }
    return stripe.customers.createBalanceTransaction(
      customer,
      { amount: -amount, currency: currency.toLowerCase(), description, metadata },
      { idempotencyKey: `sentby:${id}` },
    )
  }

  function find(payment: Payment): Promise<PaymentReport | null> {
    return findOrMiss({ library, stripe }, payment, sinceOf(batch))
  }

  /** A request before this one may have paid, so that a refusal alone proves nothing. */
  async function refused(payment: Payment, said: string): Promise<PaymentReport> {
    try {
      return (await find(payment)) ?? ended(payment, 'failed', said)
    } catch {
      return ended(payment, 'unknown', `${said} Whether it was paid before cannot be asked.`)
    }
  }
}

/**
 * What was credited, as far as all of it was. What is missing is sent again while that is safe, so that the batch counts
 * as unknown till then; past it a person has to look.
 */
async function lookForAll(
  opened: Opened,
  { now }: StripeBalanceOptions,
  batch: PaymentBatch,
): Promise<BatchReport | null> {
  const found: PaymentReport[] = []
  const missing: Payment[] = []
  await inParallel(PARALLEL, batch.payments, async (payment) => {
    const report = await findOrMiss(opened, payment, sinceOf(batch))
    if (report) found.push(report)
    else missing.push(payment)
    return true
  })
  const maySendAgain = now() - Date.parse(batch.firstSentAt) < KEY_LIFE_MS
  if (found.length === 0 || (missing.length > 0 && maySendAgain)) return null
  const unknown = missing.map((payment) => ended(payment, 'unknown', NOT_FOUND))
  return { providerId: null, payments: [...found, ...unknown] }
}

/** A customer who is not there has no credit. */
async function findOrMiss(
  { library, stripe }: Opened,
  payment: Payment,
  sinceMs: number,
): Promise<PaymentReport | null> {
  const customer = customerOf(payment)
  if (customer === null) return null
  try {
    return await findCredit(stripe, customer, payment, sinceMs)
  } catch (error) {
    if (isMissing(library, error)) return null
    throw error
  }
}

const NO_CUSTOMER = 'the partner has no customer of Stripe’s (cus_…)'
const NO_AMOUNT = 'Stripe cannot express this amount'
const UNREAD = 'the answer cannot be read'
const NOT_FOUND =
  'Stripe shows no credit for it, and it may not be sent again: look there, then mark it'

function customerOf({ destination }: Payment): string | null {
  const { customer = '' } = destination
  return /^cus_[A-Za-z0-9_]{1,250}$/.test(customer) ? customer : null
}

function sinceOf({ firstSentAt }: PaymentBatch): number {
  return Date.parse(firstSentAt) - LOOK_BACK_MS
}

function ended(
  { id, amount, currency }: Payment,
  status: 'failed' | 'unknown',
  reason: string,
): PaymentReport {
  return { id, status, amount, currency, reference: null, reason }
}

/** What Stripe says, for people to read: bounded, on one line, without the key. */
function safe({ errors }: typeof Stripe, { apiKey }: StripeBalanceAccount, error: unknown): string {
  const said = error instanceof errors.StripeError ? error.message : UNREAD
  const text = said.replaceAll(apiKey, '…').replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
  return `Stripe: ${text.trim().slice(0, 480)}`
}
