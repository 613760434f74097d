/** PayPal's Payouts API on loopback, with a ledger of its own of what it paid, and with faults. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Fault =
  /** Pays, and never answers. */
  | 'silent after paying'
  | 'cut after paying'
  | '500 after paying'
  | 'garbage after paying'
  | 'html after paying'
  | 'redirect after paying'
  | '500 before paying'
  | 'cut before paying'
  | '429'
  | '401 once'
  | '403'
  | 'refused'
  | 'insufficient funds'

export interface FakeItem {
  id: string
  receiver: string
  value: string
  currency: string
  status: string
}

export interface FakeBatch {
  id: string
  key: string
  status: string
  items: FakeItem[]
}

interface SentItem {
  sender_item_id: string
  receiver: string
  amount: { value: string; currency: string }
}

const TOKEN = 'A21-the-token-of-the-fake'

export class FakePaypal {
  readonly batches = new Map<string, FakeBatch>()
  /** What was paid in all, by the sender's id of the payment: one entry each time. */
  readonly paid = new Map<string, string[]>()
  readonly requests: string[] = []
  /** Taken one by one by requests to pay. */
  readonly faults: Fault[] = []
  /** What a new payment becomes at once. */
  itemStatus = 'SUCCESS'
  batchStatus = 'SUCCESS'
  /** Payments that a page holds. */
  pageSize = 1000
  /** Whether the refusal of a key that was used tells where. */
  linksDuplicates = true
  /** How looks fail, if they do. */
  looks: 'well' | '500' | 'garbage' | '404' | '401' | 'endless' | 'keyless' = 'well'
  tokens: 'well' | '401' | 'html' | 'other' = 'well'
  readonly clientId = 'the-client-id-of-the-vendor'
  readonly clientSecret = 'the-client-secret-of-the-vendor'
  url = ''
  #server: Server | undefined
  #made = 0
  readonly #tokens = new Set<string>()

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    this.url = `http://127.0.0.1:${port}`
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  /** Does everything well again; what was paid stays. */
  heal(): void {
    this.faults.length = 0
    this.requests.length = 0
    this.itemStatus = 'SUCCESS'
    this.batchStatus = 'SUCCESS'
    this.pageSize = 1000
    this.linksDuplicates = true
    this.looks = 'well'
    this.tokens = 'well'
  }

  /** Every payment that was paid more than once. */
  paidTwice(): string[] {
    return [...this.paid].filter(([, times]) => times.length > 1).map(([id]) => id)
  }

  batchOfKey(key: string): FakeBatch | undefined {
    return [...this.batches.values()].find((batch) => batch.key === key)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const text = await readText(request)
    const url = new URL(request.url ?? '/', this.url)
    this.requests.push(`${request.method} ${url.pathname}`)
    if (url.pathname === '/v1/oauth2/token') return this.#giveToken(request, response)
    if (!this.#tokens.has(request.headers.authorization ?? '')) {
      return reply(response, 401, { error: 'invalid_token' })
    }
    if (request.method === 'POST') return this.#pay(JSON.parse(text), request, response)
    return this.#show(url, response)
  }

  #giveToken(request: IncomingMessage, response: ServerResponse): unknown {
    const basic = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')
    if (this.tokens === 'html') return response.writeHead(200).end('<html>busy</html>')
    if (this.tokens === '401' || request.headers.authorization !== `Basic ${basic}`) {
      return reply(response, 401, { error: 'invalid_client', of: request.headers.authorization })
    }
    const token = `${TOKEN}-${this.requests.length}-${this.#made}`
    this.#tokens.add(`Bearer ${token}`)
    return reply(response, 200, { access_token: token, expires_in: 32_000 })
  }

  #pay(
    body: { sender_batch_header: { sender_batch_id: string }; items: SentItem[] },
    request: IncomingMessage,
    response: ServerResponse,
  ): unknown {
    const fault = this.faults.shift()
    const key = body.sender_batch_header.sender_batch_id
    if (fault === 'cut before paying') return response.destroy()
    if (fault === '500 before paying') return reply(response, 500, problem('INTERNAL_ERROR'))
    if (fault === '429') return reply(response, 429, problem('RATE_LIMIT_REACHED'))
    if (fault === '403') return reply(response, 403, problem('NOT_AUTHORIZED'))
    if (fault === '401 once') {
      this.#tokens.clear()
      return reply(response, 401, { error: 'invalid_token' })
    }
    if (fault === 'insufficient funds') {
      return reply(response, 422, problem('INSUFFICIENT_FUNDS', request.headers.authorization))
    }
    const before = this.batchOfKey(key)
    if (before) return reply(response, 400, this.#duplicate(before))
    if (fault === 'refused') {
      return reply(response, 400, problem('VALIDATION_ERROR', request.headers.authorization))
    }
    const batch = this.#take(key, body.items)
    const made = {
      batch_header: {
        payout_batch_id: batch.id,
        batch_status: this.batchStatus === 'DENIED' ? 'DENIED' : 'PENDING',
        sender_batch_header: { sender_batch_id: key },
      },
    }
    switch (fault) {
      case 'silent after paying':
        return undefined
      case 'cut after paying':
        return response.destroy()
      case '500 after paying':
        return reply(response, 500, problem('INTERNAL_SERVICE_ERROR'))
      case 'garbage after paying':
        return response.writeHead(201, { 'content-type': 'application/json' }).end('{"batch')
      case 'html after paying':
        return response.writeHead(200).end('<html>PayPal is not available</html>')
      case 'redirect after paying':
        return response.writeHead(302, { location: `${this.url}/elsewhere` }).end()
      default:
        return reply(response, 201, made)
    }
  }

  #take(key: string, sent: readonly SentItem[]): FakeBatch {
    const status = this.batchStatus === 'DENIED' ? 'DENIED' : this.itemStatus
    const items = sent.map(({ sender_item_id: id, receiver, amount }) => {
      if (status === 'SUCCESS') {
        this.paid.set(id, [...(this.paid.get(id) ?? []), `${amount.value} ${amount.currency}`])
      }
      return { id, receiver, value: amount.value, currency: amount.currency, status }
    })
    const batch = { id: `PPBATCH${++this.#made}`, key, status: this.batchStatus, items }
    this.batches.set(batch.id, batch)
    return batch
  }

  #duplicate({ id }: FakeBatch): object {
    return {
      name: 'USER_BUSINESS_ERROR',
      message: 'User business error.',
      debug_id: '7fc3b4d876e98',
      details: [{ field: 'SENDER_BATCH_ID', issue: 'Duplicate batch request' }],
      links: this.linksDuplicates
        ? [{ href: `${this.url}/v1/payments/payouts/${id}`, rel: 'self', method: 'GET' }]
        : [],
    }
  }

  #show(url: URL, response: ServerResponse): unknown {
    if (this.looks === '401') return reply(response, 401, { error: 'invalid_token' })
    if (this.looks === '500') return reply(response, 500, problem('INTERNAL_ERROR'))
    if (this.looks === 'garbage') return response.writeHead(200).end('{"items":[{')
    const batch = this.batches.get(url.pathname.split('/').at(-1) ?? '')
    if (!batch || this.looks === '404') return reply(response, 404, problem('RESOURCE_NOT_FOUND'))
    const page = Number(url.searchParams.get('page') ?? 1)
    const isUnlisted = batch.status === 'DENIED'
    const items = isUnlisted ? [] : batch.items
    const isEndless = this.looks === 'endless'
    const shown = isEndless
      ? Array.from({ length: 5000 }, () => items)
          .flat()
          .slice(0, 5000)
      : items.slice((page - 1) * this.pageSize, page * this.pageSize)
    return reply(response, 200, {
      total_items: items.length,
      total_pages: isEndless ? 1000 : Math.ceil(items.length / this.pageSize),
      batch_header: {
        payout_batch_id: batch.id,
        batch_status: batch.status,
        ...(this.looks === 'keyless'
          ? {}
          : { sender_batch_header: { sender_batch_id: batch.key } }),
      },
      items: shown.map(toItem),
    })
  }
}

function toItem({ id, receiver, value, currency, status }: FakeItem): object {
  return {
    payout_item_id: `ITEM${id}`,
    transaction_id: `TX${id}`,
    transaction_status: status,
    payout_item: {
      recipient_type: 'EMAIL',
      amount: { currency, value },
      receiver,
      sender_item_id: id,
    },
    ...(status === 'FAILED' ? { errors: { name: 'RECEIVER_UNREGISTERED' } } : {}),
  }
}

/** @param echo what a careless provider repeats of the request. */
function problem(name: string, echo = ''): object {
  const details = [{ field: 'items[0].receiver', issue: `is invalid ${echo}` }]
  return { name, message: `${name} ${echo}`, debug_id: 'x', details, links: [] }
}

function reply(response: ServerResponse, status: number, body: object): unknown {
  return response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify(body))
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
