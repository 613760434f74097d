import { AR_MAGIC } from './ar.ts'
import { asBuffer } from './as-buffer.ts'
import { isMakeself } from './makeself.ts'
import { type Format, type Source, StampError } from './types.ts'
import { isWheel } from './zip.ts'
import { readEnd } from './zip-end.ts'

/** A makeself header has some hundred lines; its marks stand in the first few. */
const HEAD_BYTES = 64 * 1024

/** An entry; the end records of an empty zip; the mark of a split one that fitted on one disk. */
const ZIP_STARTS = ['PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', 'PK\x07\x08']

/**
 * What a file is, by its content; the name only tells a wheel from another zip.
 *
 * @param fileName its name or path; absent: a zip with one `*.dist-info/WHEEL` is a wheel.
 * @throws StampError `unknown_format` when it is none of the formats; that of the zip when a wheel is damaged.
 */
export async function detect(source: Source, fileName?: string): Promise<Format> {
  const head = asBuffer(await source.read(0, Math.min(HEAD_BYTES, source.size)))
  const begins = (text: string) => head.subarray(0, text.length).toString('latin1') === text
  if (ZIP_STARTS.some(begins)) return zipOrWheel(source, fileName)
  if (begins('\x1f\x8b')) return 'tar.gz'
  if (begins(AR_MAGIC)) return 'deb'
  if (begins('#!')) return scriptFormat(source, head, fileName)
  throw new StampError('unknown_format', 'this is no zip, wheel, tar.gz, deb or shell script')
}

async function zipOrWheel(source: Source, fileName: string | undefined): Promise<Format> {
  if (fileName !== undefined) return /\.whl$/i.test(fileName) ? 'wheel' : 'zip'
  return (await isWheel(source)) ? 'wheel' : 'zip'
}

async function scriptFormat(
  source: Source,
  head: Uint8Array,
  fileName: string | undefined,
): Promise<Format> {
  if (isMakeself(head)) return 'makeself'
  // A zip may have a first line for the system, as a Python zipapp has.
  return (await isZip(source)) ? zipOrWheel(source, fileName) : 'shell'
}

async function isZip(source: Source): Promise<boolean> {
  try {
    await readEnd(source)
    return true
  } catch (error) {
    if (error instanceof StampError) return false
    throw error
  }
}
