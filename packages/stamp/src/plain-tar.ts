import { compose, composedStream, wholeOf } from './composition.ts'
import { crc32 } from './crc32.ts'
import { StampPlace } from './stamp-place.ts'
import { TarScan } from './tar-scan.ts'
import { readTarStamp, TAR_STAMP_LENGTH, writeTarStamp } from './tar-stamp.ts'
import type { Composition, Found, Plan, Source, Stamper } from './types.ts'

/**
 * A tar that nothing compresses, as the control member of a package built with `dpkg-deb -Znone`: the stamp is its
 * first entry.
 */
export const plainTar: Pick<Stamper, 'plan' | 'splice' | 'find'> = { plan, splice, find }

async function plan(base: Source, asked: string | undefined): Promise<Plan> {
  const place = new StampPlace(asked)
  const scan = new TarScan((name, isFolder) => place.add(name, isFolder))
  let crc = 0
  for await (const chunk of composedStream(wholeOf(base), base)) {
    scan.push(chunk)
    crc = crc32(chunk, crc)
  }
  scan.end()
  return { format: 'deb', baseSize: base.size, path: place.resolve(), detail: { crc } }
}

function splice({ path, detail, baseSize }: Plan, token: string): Composition {
  const canonical = { length: baseSize, crc: Number(detail['crc']) }
  return compose([
    { bytes: writeTarStamp({ token, path: path ?? '', canonical }) },
    { start: 0, end: baseSize },
  ])
}

async function find(file: Source): Promise<Found | null> {
  if (file.size < TAR_STAMP_LENGTH) return null
  const stamp = readTarStamp(await file.read(0, TAR_STAMP_LENGTH))
  if (stamp === null || stamp.canonical.length !== file.size - TAR_STAMP_LENGTH) return null
  const { token, path } = stamp
  return { token, path, canonical: compose([{ start: TAR_STAMP_LENGTH, end: file.size }]) }
}
