import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen, readBody } from './web.ts'

export interface SentEvent {
  id: string
  type: string
  at: string
  visitor: string
  code?: string
  [field: string]: unknown
}

export interface SentRequest {
  method: string
  headers: IncomingMessage['headers']
  body: { key: string; sentAt: string; events: SentEvent[] }
}

/** How the next requests fare; `lost`: stored, but the reply never arrives. */
export type Mode = 'ok' | 'reset' | 'lost' | 'held' | 'garbage' | number

/**
 * Answers `POST /v1/events` as CONTRACT §4.1 says, records what comes, and fails on request. Serves the
 * built scripts as well, from the same origin.
 */
export async function recordingCollector(files: Record<string, string>) {
  const known: Record<string, object> = {
    JANE: { status: 'accepted', partner: { name: 'Jane' } },
    BOB: { status: 'accepted' },
    ANN: { status: 'accepted' },
    GONE: { status: 'inactive' },
    BUSY: { status: 'deferred' },
  }
  const requests: SentRequest[] = []
  const stored = new Map<string, { event: SentEvent; result: object }>()
  let watchers: (() => void)[] = []
  let held: (() => void)[] = []
  const state: { mode: Mode; failures: number; retryAfter?: string } = { mode: 'ok', failures: 0 }

  const resultOf = (event: SentEvent): object => {
    const former = stored.get(event.id)
    if (former) return { ...former.result, outcome: 'duplicate' }
    const verdict = event.code && {
      ...(known[event.code] ?? { status: 'unknown_code' }),
      code: event.code,
    }
    const result = { id: event.id, outcome: 'stored', ...(verdict && { verdict }) }
    stored.set(event.id, { event, result })
    return result
  }

  const answerEvents = async (request: IncomingMessage, response: ServerResponse) => {
    const body: SentRequest['body'] = JSON.parse(await readBody(request))
    requests.push({ method: 'POST', headers: request.headers, body })
    const failing = state.failures > 0
    const mode = failing ? state.mode : 'ok'
    state.failures--
    if (mode === 'reset') request.socket.destroy()
    else if (mode === 'garbage') response.end('<html>log in to the hotel wifi</html>')
    else if (typeof mode === 'number') {
      if (state.retryAfter) response.setHeader('retry-after', state.retryAfter)
      response.writeHead(mode).end('{}')
    } else {
      const text = JSON.stringify({ results: body.events.map(resultOf) })
      response.setHeader('content-type', 'application/json')
      if (mode === 'lost') request.socket.destroy()
      else if (mode === 'held') held.push(() => response.end(text))
      else response.end(text)
    }
    for (const watcher of watchers) watcher()
  }

  const web = await listen((request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', 'retry-after')
    const file = files[request.url ?? '']
    if (request.method === 'POST' && request.url === '/v1/events') {
      void answerEvents(request, response)
    } else if (file !== undefined) {
      response.setHeader('content-type', 'text/javascript')
      response.end(file)
    } else {
      requests.push({
        method: request.method ?? '',
        headers: request.headers,
        body: { key: '', sentAt: '', events: [] },
      })
      response.writeHead(404).end()
    }
  })

  return {
    ...web,
    requests,
    /** What was stored, each event once, as `visit:JANE`. */
    summary: () =>
      [...stored.values()].map(({ event }) => event.type + (event.code ? `:${event.code}` : '')),
    events: () => [...stored.values()].map(({ event }) => event),
    /** The next `failures` requests meet `mode`. */
    fail(mode: Mode, failures = 1, retryAfter?: string) {
      Object.assign(state, { mode, failures, retryAfter })
    },
    /** Answers the held requests. */
    release() {
      for (const answer of held) answer()
      held = []
    },
    /** Resolves once so many requests came. */
    received: (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (requests.length >= count) resolve()
        }
        watchers.push(look)
        look()
      }),
    reset() {
      requests.length = 0
      stored.clear()
      watchers = []
      held = []
      Object.assign(state, { mode: 'ok', failures: 0, retryAfter: undefined })
    },
  }
}

export type RecordingCollector = Awaited<ReturnType<typeof recordingCollector>>
