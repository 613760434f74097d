/** What came of a request. */
export type Answer =
  | { kind: 'answered'; answer: CollectorAnswer }
  /** The collector will not take it, however often it is sent. */
  | { kind: 'refused'; reason: string }
  /** Nobody knows whether it came; it can be sent again. */
  | { kind: 'failed'; reason: string }

export interface CollectorAnswer {
  status: 'attributed' | 'unattributed' | 'unknown_code' | 'conflict' | 'duplicate' | 'cloned'
  code?: string
  reason?: string
  receipt?: string
  partner?: { name: string }
}

const STATUSES: ReadonlySet<unknown> = new Set<CollectorAnswer['status']>([
  'attributed',
  'unattributed',
  'unknown_code',
  'conflict',
  'duplicate',
  'cloned',
])
const ANSWER_BYTES = 64 * 1024

/**
 * Posts a form. Never rejects. Only what is the collector's own answer counts: the page of a proxy or of a
 * hotel's network, whatever its status, is a failure.
 */
export async function postForm(
  url: string,
  body: string,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body,
      redirect: 'manual',
      signal,
    })
    return readAnswer(response.status, await textOf(response))
  } catch {
    return { kind: 'failed', reason: signal.aborted ? 'timeout' : 'connection_failed' }
  }
}

function readAnswer(status: number, text: string): Answer {
  const json = readObject(text)
  if (status >= 300 && status < 400) return { kind: 'failed', reason: 'redirected' }
  if (status < 300) {
    const answer = readCollectorAnswer(json)
    return answer ? { kind: 'answered', answer } : { kind: 'failed', reason: 'bad_answer' }
  }
  const isLater = status >= 500 || [408, 425, 429].includes(status)
  const code = json['code']
  if (isLater || typeof code !== 'string') return { kind: 'failed', reason: `http_${status}` }
  return { kind: 'refused', reason: code.slice(0, 64) }
}

function readCollectorAnswer(json: Record<string, unknown>): CollectorAnswer | undefined {
  if (!isStatus(json['status'])) return undefined
  const answer: CollectorAnswer = { status: json['status'] }
  for (const name of ['code', 'reason', 'receipt'] as const) {
    const value = json[name]
    // It is kept on a line of its own, and shown: nothing but plain characters.
    if (typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value)) answer[name] = value
  }
  const partner = json['partner']
  if (isObject(partner) && typeof partner['name'] === 'string') {
    answer.partner = { name: partner['name'] }
  }
  return answer
}

function isStatus(value: unknown): value is CollectorAnswer['status'] {
  return STATUSES.has(value)
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The body, cut where it is no answer of a collector any more. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}
