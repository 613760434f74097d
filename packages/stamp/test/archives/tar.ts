import { gzipSync } from 'node:zlib'
import { bufferSource, prepare } from '../../src/index.ts'

/** One entry of a tar archive to be made; a name that ends in a slash is a folder. */
export interface TarMember {
  name: string
  content?: string | Uint8Array
  /** `0` file, `5` folder, `1` hard link, `2` symbolic link …; absent: by the name. */
  type?: string
  target?: string
  mode?: number
  /** How a long name is written; absent: in the header, which has 100 bytes for it. */
  longName?: 'pax' | 'gnu'
}

/** What a tar archive is beside its entries. */
export interface TarShape {
  /** Zero bytes at the end; absent: two blocks. */
  endLength?: number
}

/** Makes a tar archive as other programs write it, not with the code under test. */
export function makeTar(members: readonly TarMember[], shape: TarShape = {}): Buffer {
  return Buffer.concat([
    ...members.flatMap((member) => [...longName(member), ...entry(member)]),
    Buffer.alloc(shape.endLength ?? 1024),
  ])
}

/** The same, compressed as one gzip member. */
export function makeTarGz(members: readonly TarMember[], shape: TarShape = {}): Buffer {
  return gzipSync(makeTar(members, shape))
}

function longName({ name, longName: how }: TarMember): Buffer[] {
  if (how === 'gnu') {
    return entry({ name: '././@LongLink', type: 'L', content: `${name}\0` })
  }
  if (how === 'pax') {
    const record = ` path=${name}\n`
    let length = Buffer.byteLength(record)
    while (String(length).length + Buffer.byteLength(record) !== length) {
      length = String(length).length + Buffer.byteLength(record)
    }
    return entry({ name: 'PaxHeader', type: 'x', content: `${length}${record}` })
  }
  return []
}

function entry(member: TarMember): Buffer[] {
  const { name, target = '' } = member
  const type = member.type ?? (name.endsWith('/') ? '5' : '0')
  const content = Buffer.from(member.content ?? '')
  const header = Buffer.alloc(512)
  const put = (text: string, at: number) => header.write(text, at, 'utf8')
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  put(Buffer.from(name).subarray(0, 100).toString('utf8'), 0)
  put(octal(member.mode ?? (type === '5' ? 0o755 : 0o644), 7), 100)
  put(octal(0, 7) + octal(0, 7), 108)
  put(octal(content.length, 11) + octal(1_763_769_600, 11), 124)
  put(type, 156)
  put(target, 157)
  put('ustar\x0000', 257)
  fixChecksum(header)
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return [header, content, padding]
}

/** Makes the checksum of a header right, in its place. */
export function fixChecksum(block: Buffer): void {
  block.write('        ', 148)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
}

/** All bytes of a stream. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

/** The file as it is published. */
export async function prepared(bytes: Uint8Array): Promise<Buffer> {
  return collect(prepare('tar.gz', bufferSource(bytes)))
}
