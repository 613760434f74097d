import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ErrorCode, event as eventSchema, problem } from '@sentby/contract'

/** How the next request fails; requests beyond the list are answered well. */
export type Fault =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  | { kind: 'problem'; code: ErrorCode; headers?: Record<string, string>; pointer?: string }
  /** The connection ends before the request is read. */
  | { kind: 'reset' }
  /** The events are stored, and the answer is lost. */
  | { kind: 'lost reply' }
  /** No answer ever. */
  | { kind: 'silence' }
  /** The head of an answer, and its body never. */
  | { kind: 'half an answer' }

export interface SeenRequest {
  path: string
  headers: IncomingMessage['headers']
  text: string
  /** The events of the body. */
  events: Record<string, unknown>[]
  sentAt: unknown
}

/**
 * A server that stores and answers as CONTRACT §4.1 says, on a real socket: it keeps what it saw, and fails
 * when it is told to.
 */
export async function startCollector() {
  const faults: Fault[] = []
  const seen: SeenRequest[] = []
  const stored = new Map<string, string>()
  const waiting: { count: number; resolve: () => void }[] = []

  const server = createServer(async (request, response) => {
    const fault = faults.shift()
    if (fault?.kind === 'reset') {
      noteRequest({ path: '', headers: request.headers, text: '', events: [], sentAt: undefined })
      request.socket.resetAndDestroy()
      return
    }
    const text = await textOf(request)
    const body = JSON.parse(text) as { events: Record<string, unknown>[]; sentAt: unknown }
    const { events, sentAt } = body
    const path = request.url ?? ''
    noteRequest({ path, headers: request.headers, text, events, sentAt })
    answer(request, response, fault, () => ({ results: events.map(store) }))
  })

  function noteRequest(request: SeenRequest): void {
    seen.push(request)
    for (const one of waiting.filter(({ count }) => seen.length >= count)) one.resolve()
  }

  function store(sent: Record<string, unknown>): Record<string, unknown> {
    const parsed = eventSchema.safeParse(sent)
    if (!parsed.success) {
      const errors = parsed.error.issues.map(({ path, message }) => ({
        pointer: path.map((part) => `/${String(part)}`).join(''),
        detail: message,
      }))
      return { id: sent.id, outcome: 'rejected', reason: 'invalid_event', errors }
    }
    const { id, at: _at, ...content } = parsed.data
    const before = stored.get(id)
    if (before !== undefined && before !== JSON.stringify(content)) {
      return { id, outcome: 'conflict', reason: 'other_content' }
    }
    stored.set(id, JSON.stringify(content))
    const verdict = verdictOf(content)
    if (before !== undefined) return { id, outcome: 'duplicate', ...verdict }
    if (content.type === 'refund' && !hasSale(content.order)) {
      return { id, outcome: 'parked', reason: 'waits_for_sale' }
    }
    return { id, outcome: 'stored', ...verdict }
  }

  function hasSale(order: string): boolean {
    return [...stored.values()].some(
      (text) => text.includes('"type":"sale"') && text.includes(`"order":${JSON.stringify(order)}`),
    )
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** Requests that came, in order. */
    seen,
    /** Content by event id: what a collector would hold for ever. */
    stored,
    /** Tells the next requests how to fail. */
    fail: (...next: Fault[]) => {
      faults.push(...next)
    },
    /** Resolves when so many requests have come in all. */
    requests: (count: number) =>
      new Promise<void>((resolve) => {
        if (seen.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type Collector = Awaited<ReturnType<typeof startCollector>>

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Exclude<Fault, { kind: 'reset' }> | undefined,
  store: () => object,
): void {
  response.setHeader('x-request-id', 'req_1')
  switch (fault?.kind) {
    case undefined:
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(store()))
      return
    case 'status':
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
      return
    case 'problem': {
      const errors = fault.pointer === undefined ? [] : [{ pointer: fault.pointer, detail: 'bad' }]
      const body = problem(fault.code, 'a detail', errors)
      response.writeHead(body.status, {
        'content-type': 'application/problem+json',
        ...fault.headers,
      })
      response.end(JSON.stringify(body))
      return
    }
    case 'lost reply':
      store()
      request.socket.resetAndDestroy()
      return
    case 'silence':
      return
    case 'half an answer':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"results":[')
      return
  }
}

function verdictOf(content: { type: string; code?: string | undefined }): object {
  if (content.code === undefined) return {}
  const status = content.code === 'JANE' ? 'accepted' : 'unknown_code'
  const named = content.type === 'code' && status === 'accepted'
  const partner = named ? { partner: { name: 'Jane' } } : {}
  return { verdict: { status, code: content.code, ...partner } }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
