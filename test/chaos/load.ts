/**
 * Senders that behave as an SDK does: several connections, single events and batches, and whatever was not
 * acknowledged is sent again under the same ids.
 */
import { Agent, request } from 'node:http'
import type { WireEvent } from './wire-events.ts'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
  ms: number
}

/** One HTTP request; rejects when the connection ends without an answer. */
export function send(
  agent: Agent,
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', reject)
      incoming.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        const { statusCode = 0, headers: had } = incoming
        resolve({ status: statusCode, headers: had, body: text, ms: performance.now() - start })
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

export interface LoadOptions {
  /** Where to send now; `undefined` while there is nobody. */
  target: () => string | undefined
  key: string
  connections: number
  /** Sizes of batches, taken in turn. */
  batches: readonly number[]
  /** The next new event. */
  next: () => WireEvent
  /** After a lost connection; after a 503 it is the collector's own Retry-After. */
  pauseMs?: number
}

export interface Load {
  /** What the last acknowledgement of an event said, by id. */
  acked: ReadonlyMap<string, string>
  /** All that was ever sent, by id. */
  sent: ReadonlyMap<string, WireEvent>
  /** Requests that had no answer: when they were begun (`performance.now()`), and the error's code. */
  unanswered: readonly { begun: number; code: string }[]
  /** Answers by status; 0: no answer. */
  statuses: ReadonlyMap<number, number>
  /** Answers other than 200, for a closer look; at most 2,000. */
  refusals: readonly Answer[]
  /** Resolves when at least so many events are acknowledged. */
  untilAcked(events: number): Promise<void>
  /** Resolves when at least so many requests had another answer than 200, or none. */
  untilRefused(requests: number): Promise<void>
  /** Makes no new events; resolves when everything sent is acknowledged. */
  finish(): Promise<void>
  /** Stops at once; what is under way is waited for. */
  stop(): Promise<void>
}

/** Starts to send and goes on until told to stop. */
export function startLoad(options: LoadOptions): Load {
  const { target, key, connections, batches, pauseMs = 20 } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const acked = new Map<string, string>()
  const sent = new Map<string, WireEvent>()
  const statuses = new Map<number, number>()
  const refusals: Answer[] = []
  const unanswered: { begun: number; code: string }[] = []
  const again: WireEvent[][] = []
  const waiting: { isOver: () => boolean; resolve: () => void }[] = []
  let state: 'on' | 'finishing' | 'stopped' = 'on'
  let turn = 0

  const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1)

  const take = (): WireEvent[] | undefined => {
    const repeated = again.shift()
    if (repeated) return repeated
    if (state !== 'on') return undefined
    const size = batches[turn++ % batches.length] ?? 1
    const events = Array.from({ length: size }, options.next)
    for (const event of events) sent.set(event.id, event)
    return events
  }

  const tell = (): void => {
    for (const one of waiting.splice(0)) {
      if (one.isOver()) one.resolve()
      else waiting.push(one)
    }
  }

  const until = (isOver: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ isOver, resolve })
      tell()
    })

  const acknowledge = (answer: Answer): void => {
    const { results } = JSON.parse(answer.body) as { results: { id: string; outcome: string }[] }
    for (const { id, outcome } of results) acked.set(id, outcome)
    tell()
  }

  const deliver = async (url: string, events: WireEvent[]): Promise<number> => {
    const begun = performance.now()
    try {
      const answer = await send(agent, `${url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
      })
      count(answer.status)
      if (answer.status === 200) {
        acknowledge(answer)
        return 0
      }
      if (refusals.length < 2000) refusals.push(answer)
      tell()
      again.push(events)
      return 1000 * Number(answer.headers['retry-after'] ?? 0)
    } catch (error) {
      unanswered.push({ begun, code: codeOf(error) })
      tell()
      count(0)
      again.push(events)
      return pauseMs
    }
  }

  /** Rests in pieces, so that `stop` is not kept waiting. */
  const rest = async (ms: number): Promise<void> => {
    const until = performance.now() + ms
    while (state !== 'stopped' && performance.now() < until) await pause(Math.min(ms, 20))
  }

  const connection = async (): Promise<void> => {
    while (state !== 'stopped') {
      const url = target()
      const events = url === undefined ? undefined : take()
      if (url === undefined || !events) {
        if (state === 'finishing' && acked.size >= sent.size) return
        await pause(5)
      } else await rest(await deliver(url, events))
    }
  }
  const ended = Promise.all(Array.from({ length: connections }, connection))
  const stop = async () => {
    await ended
    agent.destroy()
  }
  return {
    acked,
    sent,
    statuses,
    refusals,
    unanswered,
    untilAcked: (events) => until(() => acked.size >= events),
    untilRefused: (requests) => until(() => refusals.length + unanswered.length >= requests),
    finish: () => {
      state = 'finishing'
      return stop()
    },
    stop: () => {
      state = 'stopped'
      return stop()
    },
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
