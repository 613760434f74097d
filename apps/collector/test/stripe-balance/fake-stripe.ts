/** Stripe's customer balances on a real socket, with its rules for idempotency keys, and faults on demand. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong with the next request that credits. */
export type CreditFault =
  /** Credited, and the answer never comes. */
  | 'silent after crediting'
  | 'cut after crediting'
  /** Credited, and the answer is a page. */
  | 'page after crediting'
  /** Not credited; Stripe keeps the answer under the key. */
  | '500'
  | '500 after crediting'
  | 'cut before crediting'
  | '429'
  | '401'
  | '402'
  | 'key in use'
  | 'other amount'

/** What goes wrong with the next request that lists. */
export type ListFault = '500' | 'page' | 'silent'

export interface Transaction {
  id: string
  object: 'customer_balance_transaction'
  customer: string
  amount: number
  currency: string
  created: number
  description: string
  metadata: Record<string, string>
  type: string
}

interface Answer {
  status: number
  body: object
}

interface Kept {
  parameters: string
  answer: Answer
  at: number
}

const DAY_MS = 24 * 60 * 60 * 1000

export interface FakeStripe {
  url: string
  /** Every transaction, the oldest first. */
  transactions: Transaction[]
  /** What customers may hold; others are not there. `null`: no currency yet. */
  customers: Map<string, string | null>
  requests: { method: string; path: string; headers: IncomingMessage['headers'] }[]
  failCredits(...faults: CreditFault[]): void
  failLists(...faults: ListFault[]): void
  /** How much each payout was credited, minor units as Stripe writes them. */
  credited(): Map<string, number>
  close(): Promise<void>
}

/** @param now Stripe's clock: keys are forgotten a day after their first request. */
export async function startFakeStripe(now: () => number): Promise<FakeStripe> {
  const transactions: Transaction[] = []
  const customers = new Map<string, string | null>()
  const kept = new Map<string, Kept>()
  const requests: FakeStripe['requests'] = []
  const creditFaults: CreditFault[] = []
  const listFaults: ListFault[] = []
  let made = 0

  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://stripe.test')
    requests.push({ method: request.method ?? '', path: pathname, headers: request.headers })
    const customer = /^\/v1\/customers\/([^/]+)\/balance_transactions$/.exec(pathname)?.[1]
    if (customer === undefined) tell(response, refusal(404, 'Unrecognized request URL'))
    else if (request.method === 'GET') answerList(response, customer, searchParams)
    else answerCredit(request, response, customer, body)
  })

  function answerList(response: ServerResponse, customer: string, query: URLSearchParams): void {
    const fault = listFaults.shift()
    if (fault === '500') tell(response, serverError())
    else if (fault === 'page') page(response)
    else if (fault === undefined) tell(response, listOf(customer, query))
  }

  function listOf(customer: string, query: URLSearchParams): Answer {
    if (!customers.has(customer)) return noCustomer(customer)
    const own = transactions.filter((one) => one.customer === customer).reverse()
    const after = query.get('starting_after')
    const from = after === null ? 0 : own.findIndex(({ id }) => id === after) + 1
    const limit = Number(query.get('limit') ?? 10)
    const data = own.slice(from, from + limit)
    const has_more = own.length > from + limit
    return { status: 200, body: { object: 'list', data, has_more, url: '' } }
  }

  function answerCredit(
    request: IncomingMessage,
    response: ServerResponse,
    customer: string,
    body: string,
  ): void {
    const fault = creditFaults.shift()
    const untaken = fault === undefined ? undefined : UNTAKEN[fault]
    if (untaken) tell(response, untaken)
    else if (fault === 'cut before crediting') request.socket.destroy()
    else {
      const answer = answerTo(request, customer, body, fault)
      if (fault === 'cut after crediting') request.socket.destroy()
      else if (fault === 'page after crediting') page(response)
      else if (fault === '500 after crediting') tell(response, serverError())
      else if (fault !== 'silent after crediting') tell(response, answer)
    }
  }

  /** Under a key that is known the answer is the one that was given first, an error too. */
  function answerTo(
    request: IncomingMessage,
    customer: string,
    body: string,
    fault: CreditFault | undefined,
  ): Answer {
    const key = String(request.headers['idempotency-key'])
    const parameters = `${customer} ${request.headers['stripe-account'] ?? ''} ${body}`
    const before = kept.get(key)
    if (before && now() - before.at < DAY_MS) {
      return before.parameters === parameters ? before.answer : keyMismatch()
    }
    const answer = execute(customer, new URLSearchParams(body), fault)
    // What fails its validation is not kept.
    if (answer.status !== 400 && answer.status !== 404) {
      kept.set(key, { parameters, answer, at: now() })
    }
    return answer
  }

  function execute(
    customer: string,
    form: URLSearchParams,
    fault: CreditFault | undefined,
  ): Answer {
    if (fault === '500') return serverError()
    if (fault === '402') return refusal(402, 'Your account cannot do this', 'card_error')
    const holds = customers.get(customer)
    if (holds === undefined) return noCustomer(customer)
    const currency = form.get('currency') ?? ''
    if (holds !== null && holds !== currency) {
      const said = `You cannot combine currencies on a single customer. This customer has ${holds}.`
      return refusal(400, said)
    }
    customers.set(customer, currency)
    const amount = Number(form.get('amount')) + (fault === 'other amount' ? 1 : 0)
    const transaction: Transaction = {
      id: `cbtxn_${String(++made).padStart(6, '0')}`,
      object: 'customer_balance_transaction',
      customer,
      amount,
      currency,
      created: Math.floor(now() / 1000),
      description: form.get('description') ?? '',
      metadata: { sentby_payout: form.get('metadata[sentby_payout]') ?? '' },
      type: 'adjustment',
    }
    transactions.push(transaction)
    return { status: 200, body: transaction }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    transactions,
    customers,
    requests,
    failCredits: (...faults) => creditFaults.push(...faults),
    failLists: (...faults) => listFaults.push(...faults),
    credited() {
      const sums = new Map<string, number>()
      for (const { amount, metadata } of transactions) {
        const payout = metadata['sentby_payout'] ?? ''
        sums.set(payout, (sums.get(payout) ?? 0) - amount)
      }
      return sums
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function tell(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function page(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>')
}

function refusal(status: number, message: string, type = 'invalid_request_error'): Answer {
  return { status, body: { error: { type, message } } }
}

function noCustomer(customer: string): Answer {
  const message = `No such customer: '${customer}'`
  const error = { type: 'invalid_request_error', code: 'resource_missing', message }
  return { status: 404, body: { error } }
}

function serverError(): Answer {
  return { status: 500, body: { error: { type: 'api_error', message: 'Something went wrong' } } }
}

function keyMismatch(): Answer {
  const message = 'Keys for idempotent requests can only be used with the same parameters.'
  return { status: 400, body: { error: { type: 'idempotency_error', message } } }
}

function keyInUse(): Answer {
  const message = 'There is currently another in-progress request using this key.'
  const error = { type: 'idempotency_error', code: 'idempotency_key_in_use', message }
  return { status: 409, body: { error } }
}

/** Refused before anything is looked at. */
const UNTAKEN: Partial<Record<CreditFault, Answer>> = {
  '401': refusal(401, 'Invalid API Key provided: rk_test_****0001'),
  '429': refusal(429, 'Too many requests'),
  'key in use': keyInUse(),
}
