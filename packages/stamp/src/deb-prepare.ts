import { gzipSync } from 'node:zlib'
import { type ArMember, readArMembers } from './ar.ts'
import { compose, composedStream, wholeOf } from './composition.ts'
import { compressionOf, findControl, MAX_CONTROL, withControl } from './deb-control.ts'
import { bufferSource } from './source.ts'
import { prepareTarGz } from './tar-gz-prepare.ts'
import { type Composition, type Source, StampError } from './types.ts'
import { unxz } from './xz.ts'
import { unzstd } from './zstd.ts'

/** What always helps. */
const FIX = '; build the package with: dpkg-deb -Zgzip'

/**
 * Gives a Debian package a control member that takes a stamp, once, when it is published: `control.tar.xz` and, where
 * Node has zstd, `control.tar.zst` become a prepared `control.tar.gz` of the same tar. Every other byte stays; a
 * package that takes a stamp already comes out as it is.
 *
 * @throws StampError `malformed`, `truncated`, `unsupported`, `too_large`, before anything came out.
 */
export async function* prepareDeb(source: Source): AsyncGenerator<Uint8Array> {
  yield* composedStream(await preparedDeb(source), source)
}

async function preparedDeb(source: Source): Promise<Composition> {
  const control = findControl(await readArMembers(source))
  const compression = compressionOf(control)
  if (compression === 'gz' || compression === 'none') return wholeOf(source)
  const tar = await unpack(await source.read(control.contentStart, control.contentEnd), compression)
  const content = await packedAnew(tar)
  return withControl(renamed(control), compose([{ bytes: content }]), source.size)
}

async function unpack(packed: Uint8Array, compression: string): Promise<Uint8Array> {
  try {
    if (compression === 'xz') return await unxz(packed, MAX_CONTROL)
    if (compression === 'zst') return unzstd(packed, MAX_CONTROL)
  } catch (error) {
    throw error instanceof StampError ? ofControl(error) : error
  }
  throw new StampError('unsupported', `the control member is compressed with ${compression}${FIX}`)
}

/** The same refusal, which tells where in the package it was, and what helps. */
function ofControl({ code, message }: StampError): StampError {
  return new StampError(code, `the control member: ${message}${code === 'unsupported' ? FIX : ''}`)
}

/** The tar as a prepared tar.gz. What is packed first is thrown away, so it need not be small. */
async function packedAnew(tar: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of prepareTarGz(bufferSource(gzipSync(tar, { level: 0 })))) {
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The member under its new name; time, owner and mode stay. */
function renamed(control: ArMember): ArMember {
  const header = Buffer.from(control.header)
  header.write('control.tar.gz'.padEnd(16), 0, 'latin1')
  return { ...control, header }
}
