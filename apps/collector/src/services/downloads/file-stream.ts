/** Sends a composed file: at the reader's pace, in a few buffers that downloads share one after the other. */
import type { ServerResponse } from 'node:http'
import { type Composition, composedStream } from '@sentby/stamp'
import type { OpenArtifact } from './open-artifact.ts'

/** What a slow reader holds, and what a fast one is given at once. */
const SMALL_BYTES = 32 * 1024
const LARGE_BYTES = 1024 * 1024
/** Free buffers that are kept, of each size. */
const KEPT = 8
/** So many readers are given large buffers at the same time; a hundred fast ones are slow anyway. */
const MOST_LARGE = 8
/** A reader that takes a buffer faster than this is a fast one. */
const FAST_MS = 20
/** A reader that takes nothing for so long has left. */
const IDLE_MS = 120_000

const free: Readonly<Record<number, Buffer[]>> = { [SMALL_BYTES]: [], [LARGE_BYTES]: [] }

function take(size: number): Buffer {
  return free[size]?.pop() ?? Buffer.allocUnsafeSlow(size)
}

function give(buffer: Buffer): void {
  const list = free[buffer.length]
  if (list && list.length < KEPT) list.push(buffer)
}

/**
 * Writes a composition to Node's response, ends it and closes the file. When the reader leaves, so does this; when
 * the file breaks, the connection does, as a length was promised.
 */
export async function sendFile(
  response: ServerResponse,
  composition: Composition,
  file: OpenArtifact,
  idleMs = IDLE_MS,
): Promise<void> {
  // Also after the last byte was written here: Node has no time of its own for a reader that stands still.
  response.setTimeout(idleMs, () => response.destroy())
  try {
    if (file.bytes) sendBytes(response, composition, file.bytes)
    else await sendParts(response, composition, file)
  } catch {
    response.destroy()
  } finally {
    await file.close()
  }
}

/** Header, base and stamp leave together; the bytes in memory are not copied. */
function sendBytes(response: ServerResponse, composition: Composition, bytes: Buffer): void {
  response.cork()
  for (const segment of composition.segments) {
    response.write('bytes' in segment ? segment.bytes : bytes.subarray(segment.start, segment.end))
  }
  response.end()
}

let large = 0

/** How much one reader is given at once: more while it is fast and few others are. */
class Pace {
  #isLarge = false

  get bytes(): number {
    return this.#isLarge ? LARGE_BYTES : SMALL_BYTES
  }

  set(isFast: boolean): void {
    if (isFast === this.#isLarge || (isFast && large >= MOST_LARGE)) return
    this.#isLarge = isFast
    large += isFast ? 1 : -1
  }
}

async function sendParts(
  response: ServerResponse,
  composition: Composition,
  file: OpenArtifact,
): Promise<void> {
  const pace = new Pace()
  try {
    await sendAtPace(response, composition, file, pace)
  } finally {
    pace.set(false)
  }
}

async function sendAtPace(
  response: ServerResponse,
  composition: Composition,
  file: OpenArtifact,
  pace: Pace,
): Promise<void> {
  for (const segment of composition.segments) {
    if ('bytes' in segment) {
      if (!response.write(segment.bytes)) await drained(response)
      continue
    }
    for (let at = segment.start; at < segment.end; ) {
      if (response.destroyed) return
      const buffer = take(pace.bytes)
      const part = buffer.subarray(0, Math.min(buffer.length, segment.end - at))
      await file.readInto(part, at)
      at += part.length
      const begun = performance.now()
      const isTaken = response.write(part, () => give(buffer))
      if (!isTaken) await drained(response)
      pace.set(performance.now() - begun < FAST_MS)
    }
  }
  if (!response.destroyed) response.end()
}

/** Waits until the reader has taken what was written, or has left: one that stands still is let go in its time. */
function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

/** The same as a web stream, for callers without Node's response. Cancelling it closes the file. */
export function fileStream(
  composition: Composition,
  file: OpenArtifact,
): ReadableStream<Uint8Array> {
  const parts = composedStream(composition, file)
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await parts.next()
        if (!done) {
          controller.enqueue(value)
          return
        }
        await file.close()
        controller.close()
      } catch (error) {
        await file.close()
        controller.error(error)
      }
    },
    async cancel() {
      await file.close()
    },
  })
}
