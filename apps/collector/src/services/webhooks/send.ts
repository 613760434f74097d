/** One attempt: a POST that follows nothing, waits for nobody and keeps only the status. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AttemptReason } from '@sentby/contract'
import { readRetryAfter } from './backoff.ts'
import {
  AddressError,
  type AddressRule,
  guardedLookup,
  literalAddress,
  type Resolve,
} from './public-address.ts'

/** How attempts are made; the collector has one of it. */
export interface SendOptions {
  resolve: Resolve
  isAllowed: AddressRule
  /** Whether http will do. */
  allowsHttp: boolean
  /** From the look-up of the name to the answer. */
  timeoutMs: number
  /** Ends every attempt under way: the collector stops. */
  signal: AbortSignal
}

/** What an attempt came to. */
export interface Sent {
  /** Of the answer; null: there was none. */
  status: number | null
  /** Why it failed; null: it did not. `stopped` is nobody's failure. */
  reason: AttemptReason | 'stopped' | null
  durationMs: number
  /** What the receiver asked for, milliseconds. */
  retryAfterMs: number | undefined
}

/** An answer is read so far, and its connection closed. */
const ANSWER_BYTES = 64 * 1024

/** Sends a signed body once. Never throws: whatever happens is an outcome. */
export async function send(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  options: SendOptions,
): Promise<Sent> {
  const start = performance.now()
  const outcome = await attempt(url, body, headers, options).catch(() => failed('unreachable'))
  return { ...outcome, durationMs: Math.round(performance.now() - start) }
}

type Outcome = Omit<Sent, 'durationMs'>

async function attempt(
  text: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  options: SendOptions,
): Promise<Outcome> {
  const url = new URL(text)
  if (url.protocol !== 'https:' && !options.allowsHttp) return failed('insecure_url')
  const literal = literalAddress(url)
  if (literal !== undefined && !options.isAllowed(literal)) return failed('address_refused')
  const ending = endOf(options)
  const post = url.protocol === 'https:' ? httpsRequest : httpRequest
  try {
    const request = post(url, {
      method: 'POST',
      // A connection of its own: one that is kept was looked up long ago.
      agent: false,
      lookup: guardedLookup(options.resolve, options.isAllowed),
      signal: ending.signal,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'sentby-webhooks',
      },
    })
    return toOutcome(await answerOf(request, body))
  } catch (error) {
    if (options.signal.aborted) return failed('stopped')
    return failed(ending.signal.aborted ? 'timed_out' : reasonOf(error))
  } finally {
    ending.release()
  }
}

/** Ends an attempt at its time, or when the collector stops. */
function endOf({ timeoutMs, signal }: SendOptions): { signal: AbortSignal; release(): void } {
  const ending = new AbortController()
  const end = () => ending.abort()
  const timer = setTimeout(end, timeoutMs)
  if (signal.aborted) end()
  signal.addEventListener('abort', end)
  const release = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
  return { signal: ending.signal, release }
}

/** The head of the answer. Its body is read a little, so that the receiver can finish, and thrown away. */
function answerOf(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answered: IncomingMessage | undefined
    // After the answer a broken connection is nobody's problem.
    request.on('error', (error) => (answered ? resolve(answered) : reject(error)))
    request.on('response', (answer) => {
      answered = answer
      let bytes = 0
      answer.on('error', () => {})
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES) answer.destroy()
      })
      answer.on('close', () => {
        request.destroy()
        resolve(answer)
      })
    })
    request.end(body)
  })
}

function toOutcome(answer: IncomingMessage): Outcome {
  const status = answer.statusCode ?? 0
  const header = answer.headers['retry-after']
  return {
    status,
    reason: reasonOfStatus(status),
    // A date is compared with the real time, as the receiver's clock shows it.
    retryAfterMs: readRetryAfter(header, Date.now()),
  }
}

function reasonOfStatus(status: number): AttemptReason | null {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) return 'redirected'
  return status === 410 ? 'gone' : 'bad_status'
}

function failed(reason: Outcome['reason']): Outcome {
  return { status: null, reason, retryAfterMs: undefined }
}

function reasonOf(error: unknown): AttemptReason {
  if (error instanceof AddressError) return error.code
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code) ? 'bad_certificate' : 'unreachable'
}
