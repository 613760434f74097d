/** Asks a provider over HTTP: bounded in time and bytes, without redirects. */

export interface Asked {
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  body?: string
  /** For the whole answer, its body too. */
  timeoutMs: number
}

export interface Told {
  status: number
  /** `undefined` where it is no JSON. */
  body: unknown
}

/** A thousand payments are told in some 2 MB. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Asks, and reads the answer as JSON whatever its status is.
 *
 * @throws when there is no whole answer in time; what was asked may have been done all the same.
 */
export async function askJson(url: string, { timeoutMs, headers, ...asked }: Asked): Promise<Told> {
  const response = await fetch(url, {
    ...asked,
    headers: { accept: 'application/json', ...headers },
    // A redirect would carry secrets to wherever it leads.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  return { status: response.status, body: parse(await readBounded(response)) }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (response.body) {
    // Leaving the loop early ends the connection.
    for await (const chunk of response.body) {
      bytes += chunk.byteLength
      if (bytes > MAX_BYTES) throw new RangeError('the answer is too large')
      chunks.push(chunk)
    }
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
