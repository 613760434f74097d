import { compose } from './composition.ts'
import { GZIP_TRAILER_LENGTH, gzipTrailer } from './gzip-header.ts'
import { StampPlace } from './stamp-place.ts'
import {
  canonicalOf,
  contentOf,
  joined,
  type Layout,
  readLayout,
  stampBlock,
} from './tar-gz-layout.ts'
import { scanTarGz, type TarGzFacts } from './tar-gz-scan.ts'
import { type CanonicalContent, writeTarStamp } from './tar-stamp.ts'
import {
  type Composition,
  type Found,
  type Plan,
  type Source,
  StampError,
  type Stamper,
} from './types.ts'

const SAMPLE_TOKEN = 's1.a.b'

/** What a plan's `detail` holds: where the stamp stands in the base, and the content of both parts. */
interface Detail {
  [name: string]: number
  at: number
  headLength: number
  headCrc: number
  tailLength: number
  tailCrc: number
}

async function plan(base: Source, path: string | undefined): Promise<Plan> {
  const layout = await readLayout(base)
  if (layout.stamp) throw new StampError('path_taken', 'the tar.gz is stamped already')
  const place = new StampPlace(path)
  const facts = await scanTarGz(base, place)
  if (facts.members !== 1) {
    throw new StampError('unsupported', 'several gzip members: prepare the file, that makes it one')
  }
  const { head, tail } = partsOf(layout, facts)
  const detail: Detail = {
    at: layout.headEnd,
    headLength: head.length,
    headCrc: head.crc,
    tailLength: tail.length,
    tailCrc: tail.crc,
  }
  const planned: Plan = { format: 'tar.gz', baseSize: base.size, path: place.resolve(), detail }
  // A path that no tar header holds is refused here, not at the first download.
  splice(planned, SAMPLE_TOKEN)
  return planned
}

/** The content before the stamp and behind it. */
function partsOf(
  { mark }: Layout,
  facts: TarGzFacts,
): { head: CanonicalContent; tail: CanonicalContent } {
  if (!mark) {
    return {
      head: { length: 0, crc: 0 },
      tail: { length: facts.contentLength, crc: facts.crc },
    }
  }
  if (mark.head.length !== facts.entriesEnd) {
    throw new StampError('malformed', 'the file has been changed since it was prepared')
  }
  return mark
}

function splice({ path, detail, baseSize }: Plan, token: string): Composition {
  const { at, headLength, headCrc, tailLength, tailCrc } = detail as Detail
  const head = { length: headLength, crc: headCrc }
  const tail = { length: tailLength, crc: tailCrc }
  const entry = writeTarStamp({ token, path: path ?? '', canonical: joined(head, tail) })
  const whole = joined(joined(head, contentOf(entry)), tail)
  return compose([
    { start: 0, end: at },
    { bytes: stampBlock(entry) },
    { start: at, end: baseSize - GZIP_TRAILER_LENGTH },
    { bytes: gzipTrailer(whole.crc, whole.length) },
  ])
}

async function find(file: Source): Promise<Found | null> {
  const layout = await readLayout(file)
  if (!layout.stamp) return null
  const { token, path } = layout.stamp
  return { token, path, canonical: canonicalOf(layout, file) }
}

/**
 * Stamps a tar.gz of one gzip member: a prepared one (`prepareTarGz`) behind its last entry, which every reader
 * takes, any other before its first. The packed data of the base are never touched; a stamp adds 1,029 bytes.
 */
export const tarGz: Stamper = { format: 'tar.gz', plan, splice, find }
