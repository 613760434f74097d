import { composedSource, segmentSize } from './composition.ts'
import { type Composition, type Plan, type Source, StampError } from './types.ts'

/**
 * Whether stamping `canonical` makes exactly this file again: what holds for a stamp of ours, and for nothing that
 * was damaged or put together by hand. Reads the base's structure and the stamp, not the whole file.
 *
 * @param canonical the file without its stamp, as ranges of `file`.
 */
export async function makesAgain(
  file: Source,
  canonical: Composition,
  plan: (base: Source) => Promise<Plan>,
  splice: (plan: Plan) => Composition,
): Promise<boolean> {
  const again = await stampAgain(file, canonical, plan, splice)
  if (again === null || again.size !== file.size) return false
  let at = 0
  for (const segment of again.segments) {
    const size = segmentSize(segment)
    if ('bytes' in segment) {
      const there = await file.read(at, at + size)
      if (Buffer.compare(there, segment.bytes) !== 0) return false
    }
    at += size
  }
  return true
}

async function stampAgain(
  file: Source,
  canonical: Composition,
  plan: (base: Source) => Promise<Plan>,
  splice: (plan: Plan) => Composition,
): Promise<Composition | null> {
  try {
    return splice(await plan(composedSource(canonical, file)))
  } catch (error) {
    // Such a base would have been refused, so this stamp is none of ours.
    if (error instanceof StampError) return null
    throw error
  }
}
