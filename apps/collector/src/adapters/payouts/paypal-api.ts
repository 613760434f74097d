/**
 * Pays over PayPal's Payouts API. PayPal keeps a batch's key (`sender_batch_id`) for 30 days: the same key again pays
 * nothing, and its refusal links to the batch that was made first. There is no way to ask for a key alone.
 */

import { askJson, type Told } from './ask-json.ts'
import {
  amountValue,
  createdShape,
  isDenied,
  isDuplicate,
  linkedBatch,
  type PaypalItem,
  pageShape,
  problemShape,
  refusalOf,
  statusOf,
  tokenShape,
} from './paypal-shapes.ts'
import {
  type BatchReport,
  type Payment,
  type PaymentBatch,
  type PaymentProvider,
  type PaymentReport,
  ProviderRefusal,
} from './provider.ts'
import { readAmount } from './read-result.ts'

export interface PaypalAccount {
  clientId: string
  clientSecret: string
  environment: 'live' | 'sandbox'
}

export interface PaypalOptions {
  /** Instead of PayPal's own. */
  url?: string | undefined
  /** For each request. */
  timeoutMs: number
  now: () => number
}

const URLS = {
  live: 'https://api-m.paypal.com',
  sandbox: 'https://api-m.sandbox.paypal.com',
} as const

const DAY_MS = 24 * 60 * 60 * 1000
/** A minute before its end a token is taken for ended. */
const TOKEN_MARGIN_MS = 60_000
const PAGE = 1000
/** Of a batch of ours; each page holds some of it, however small PayPal makes them. */
const MAX_ITEMS = 5000
/** A look that takes longer is given up: whoever looks holds the batch for a few minutes. */
const LOOK_MS = 3 * 60_000
const PAYOUTS = '/v1/payments/payouts'

export class PaypalPayouts implements PaymentProvider {
  readonly account: string
  /** A day less than PayPal promises: clocks differ. */
  readonly keyLifeMs = 29 * DAY_MS
  readonly #account: PaypalAccount
  readonly #options: PaypalOptions
  readonly #url: string
  #token: { text: string; until: number } | undefined

  constructor(account: PaypalAccount, options: PaypalOptions) {
    this.#account = account
    this.#options = options
    this.#url = options.url ?? URLS[account.environment]
    this.account = `paypal:${account.environment}:${account.clientId}`
  }

  refuses(payments: readonly Payment[]): string | null {
    return payments.map(refusalOf).find((reason) => reason !== null) ?? null
  }

  async send(batch: PaymentBatch): Promise<BatchReport> {
    const body = JSON.stringify({
      sender_batch_header: { sender_batch_id: batch.key },
      items: batch.payments.map((payment) => ({
        recipient_type: 'EMAIL',
        receiver: payment.destination['email'],
        amount: { value: amountValue(payment), currency: payment.currency },
        note: batch.note.slice(0, 400),
        sender_item_id: payment.id,
      })),
    })
    const told = await this.#authorized('POST', PAYOUTS, body)
    if (told.status < 200 || told.status >= 300) return this.#refused(told)
    const { batch_header: header } = createdShape.parse(told.body)
    const key = header.sender_batch_header?.sender_batch_id
    if (key !== undefined && key !== batch.key) throw new RangeError('another batch was answered')
    const payments = isDenied(header.batch_status) ? batch.payments.map(denied) : []
    return { providerId: header.payout_batch_id, payments }
  }

  async look(batch: PaymentBatch): Promise<BatchReport | null> {
    const providerId = batch.providerId ?? batch.hint ?? null
    if (providerId === null) return null
    const isHint = batch.providerId === null
    const items: PaypalItem[] = []
    const until = performance.now() + LOOK_MS
    for (let page = 1; ; page++) {
      const query = `page_size=${PAGE}&page=${page}&total_required=true`
      const path = `${PAYOUTS}/${encodeURIComponent(providerId)}?${query}`
      const told = await this.#authorized('GET', path)
      if (told.status === 404) return null
      if (told.status !== 200) throw new Error(`PayPal answered ${told.status}`)
      const { batch_header: header, items: own = [], total_pages = 1 } = pageShape.parse(told.body)
      const key = header.sender_batch_header?.sender_batch_id
      if (key !== batch.key && (isHint || key !== undefined)) return null
      items.push(...own)
      if (items.length > MAX_ITEMS) throw new RangeError('PayPal tells more than was sent')
      if (page < total_pages && own.length > 0) {
        if (performance.now() < until) continue
        throw new Error('PayPal takes too long to tell')
      }
      return { providerId, payments: reports(batch.payments, items, isDenied(header.batch_status)) }
    }
  }

  /** @throws ProviderRefusal where PayPal took nothing; an error where nobody can tell. */
  #refused({ status, body }: Told): BatchReport {
    const read = problemShape.safeParse(body)
    if (status === 401 || status === 403 || status === 429) {
      const why = read.success ? read.data.name : ''
      throw new ProviderRefusal(this.#safe(`PayPal answered ${status} ${why}`), { later: true })
    }
    if (!read.success || status < 400 || status >= 500 || status === 408) {
      throw new Error(`PayPal answered ${status}`)
    }
    const problem = read.data
    if (isDuplicate(problem)) {
      const providerId = linkedBatch(problem)
      if (providerId === null) throw new Error('PayPal has the batch and does not say where')
      return { providerId, payments: [] }
    }
    // PayPal's word for several things, an earlier batch among them.
    if (problem.name === 'USER_BUSINESS_ERROR') throw new Error('PayPal does not say why')
    const details = (problem.details ?? [])
      .slice(0, 3)
      .map(({ field = '', issue = '' }) => `${field} ${issue}`.trim())
    throw new ProviderRefusal(this.#safe(`PayPal: ${[problem.name, ...details].join('; ')}`))
  }

  /** Asks with a token; one that has ended before its time is replaced once. */
  async #authorized(method: 'GET' | 'POST', path: string, body?: string): Promise<Told> {
    const told = await this.#ask(method, path, body)
    if (told.status !== 401) return told
    this.#token = undefined
    return this.#ask(method, path, body)
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: string): Promise<Told> {
    const headers = { authorization: `Bearer ${await this.#authorize()}` }
    const { timeoutMs } = this.#options
    if (body === undefined) return askJson(this.#url + path, { method, headers, timeoutMs })
    const typed = { ...headers, 'content-type': 'application/json' }
    return askJson(this.#url + path, { method, headers: typed, body, timeoutMs })
  }

  /** @throws ProviderRefusal: without a token nothing was asked yet. */
  async #authorize(): Promise<string> {
    const now = this.#options.now()
    if (this.#token && now < this.#token.until) return this.#token.text
    const { clientId, clientSecret } = this.#account
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const told = await askJson(`${this.#url}/v1/oauth2/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
      timeoutMs: this.#options.timeoutMs,
    }).catch(() => undefined)
    const read = tokenShape.safeParse(told?.body)
    if (told?.status !== 200 || !read.success) {
      const why = told === undefined ? 'nothing' : String(told.status)
      throw new ProviderRefusal(`PayPal gave no token: it answered ${why}`, { later: true })
    }
    const { access_token: text, expires_in } = read.data
    this.#token = { text, until: now + expires_in * 1000 - TOKEN_MARGIN_MS }
    return text
  }

  /** What PayPal says, for people to read: bounded, on one line, and never one of the secrets. */
  #safe(said: string): string {
    const { clientId, clientSecret } = this.#account
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    let text = said
    for (const secret of [clientSecret, basic, this.#token?.text ?? clientSecret]) {
      text = text.replaceAll(secret, '…')
    }
    return text
      .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
      .trim()
      .slice(0, 500)
  }
}

/** What is told of payments of ours. Two different things told of one payment say nothing. */
function reports(
  payments: readonly Payment[],
  items: readonly PaypalItem[],
  isBatchDenied: boolean,
): PaymentReport[] {
  const found = new Map<string, PaymentReport | null>()
  for (const item of items) {
    const report = toReport(item)
    if (!report) continue
    const before = found.get(report.id)
    const isSame = before === undefined || before?.status === report.status
    found.set(report.id, isSame ? report : null)
  }
  return payments.flatMap((payment) => {
    const report = found.get(payment.id)
    const isOver = report && report.status !== 'submitted' && report.status !== 'unknown'
    if (isBatchDenied && report !== null && !isOver) return [denied(payment)]
    return report ? [report] : []
  })
}

function toReport(item: PaypalItem): PaymentReport | undefined {
  const { payout_item: own, transaction_status: word, errors } = item
  const status = statusOf(word)
  if (own.sender_item_id === undefined || status === undefined) return undefined
  const name = errors?.name?.replace(/[^A-Z0-9_]/g, '').slice(0, 100)
  return {
    id: own.sender_item_id,
    status,
    // What cannot be read is no amount of ours.
    amount: readAmount(own.amount.value, own.amount.currency) ?? -1,
    currency: own.amount.currency,
    reference: (item.transaction_id ?? item.payout_item_id).slice(0, 100),
    reason: status === 'paid' ? null : `PayPal says ${word}${name ? `: ${name}` : ''}`,
  }
}

function denied({ id, amount, currency }: Payment): PaymentReport {
  const reason = 'PayPal denied the batch'
  return { id, status: 'failed', amount, currency, reference: null, reason }
}
