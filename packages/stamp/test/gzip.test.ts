import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { crc32 as crcOf, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { gunzip, noGzipFacts } from '../src/gzip-content.ts'
import { gzipTrailer, readGzipHeader, readUint, writeUint } from '../src/gzip-header.ts'
import { bufferSource, type Source } from '../src/index.ts'
import { collect } from './archives/tar.ts'

const CONTENT = Buffer.from('some content, some content')
const PLAIN = gzipSync(CONTENT)
const BODY = PLAIN.subarray(10)

/** A gzip file with another header: what other programs write. */
function withHeader(flags: number, ...fields: (Buffer | string)[]): Buffer {
  const fixed = Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3])
  const header = Buffer.concat([fixed, ...fields.map((field) => Buffer.from(field))])
  if (!(flags & 2)) return Buffer.concat([header, BODY])
  const crc = Buffer.alloc(2)
  crc.writeUInt16LE(crcOf(header) & 0xffff)
  return Buffer.concat([header, crc, BODY])
}

const EXTRA = Buffer.from([9, 0, 0x41, 0x62, 5, 0, 1, 2, 3, 4, 5])
const LONG_EXTRA = Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(0xffff)])

test.each<[string, Buffer]>([
  ['nothing more', PLAIN],
  ['a name', withHeader(8, 'x.tar\0')],
  ['a comment', withHeader(16, 'made by hand\0')],
  ['an extra field', withHeader(4, EXTRA)],
  ['an extra field of 64 KiB', withHeader(4, LONG_EXTRA)],
  ['all of them and a header CRC', withHeader(4 | 8 | 16 | 2 | 1, EXTRA, 'x.tar\0', 'hi\0')],
])('a gzip header with %s is read', async (_name, file) => {
  const header = await readGzipHeader(bufferSource(file), 0)
  expect(header.end).toBe(file.length - BODY.length)
  expect((await collect(gunzip(bufferSource(file), noGzipFacts()))).equals(CONTENT)).toBe(true)
})

test('the subfields of the extra field are told by their id', async () => {
  const { extra } = await readGzipHeader(bufferSource(withHeader(4, EXTRA)), 0)
  expect([...extra].map(([id, bytes]) => [id, ...bytes])).toEqual([['Ab', 1, 2, 3, 4, 5]])
})

const wrongCrc = withHeader(2 | 8, 'x\0')
wrongCrc.writeUInt8(wrongCrc.readUInt8(12) ^ 1, 12)
const flipped = Buffer.from(PLAIN)
flipped.writeUInt8(flipped.readUInt8(PLAIN.length - 1) ^ 0x80, PLAIN.length - 1)

test.each<[string, string, Buffer]>([
  ['nothing', 'unknown_format', Buffer.alloc(0)],
  ['a zip', 'unknown_format', Buffer.from('PK\x03\x04 and so on')],
  ['half a magic number', 'truncated', PLAIN.subarray(0, 1)],
  ['a cut header', 'truncated', PLAIN.subarray(0, 9)],
  ['a cut name', 'truncated', withHeader(8, 'no end').subarray(0, 14)],
  ['a cut extra field', 'truncated', withHeader(4, LONG_EXTRA).subarray(0, 99)],
  ['another method', 'unsupported', Buffer.from([0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 3])],
  ['reserved flags', 'malformed', withHeader(0x20)],
  ['a wrong header CRC', 'malformed', wrongCrc],
  ['a comment without an end', 'too_large', withHeader(16, Buffer.alloc(300_000, 0x41))],
  ['cut data', 'truncated', PLAIN.subarray(0, 20)],
  ['a cut trailer', 'truncated', PLAIN.subarray(0, -1)],
  ['a wrong length', 'malformed', flipped],
  [
    'data that are no deflate',
    'malformed',
    Buffer.concat([PLAIN.subarray(0, 10), Buffer.alloc(99, 0xff)]),
  ],
  ['bytes after the end', 'malformed', Buffer.concat([PLAIN, Buffer.from('\0')])],
  ['a second member that is cut', 'truncated', Buffer.concat([PLAIN, PLAIN.subarray(0, 15)])],
])('a gzip file that is %s gives %s', async (_name, code, file) => {
  const read = async () => {
    if (file.length === 0) await readGzipHeader(bufferSource(file), 0)
    await collect(gunzip(bufferSource(file), noGzipFacts()))
  }
  await expect(read()).rejects.toMatchObject({ name: 'StampError', code })
})

test('members are read one after another, and their CRC is that of all content', async () => {
  const facts = noGzipFacts()
  const file = bufferSource(Buffer.concat([PLAIN, withHeader(8, 'x\0'), PLAIN]))
  const content = await collect(gunzip(file, facts))
  expect(content.toString()).toBe(CONTENT.toString().repeat(3))
  expect(facts).toMatchObject({ members: 3, contentLength: content.length, crc: crcOf(content) })
})

test.each([
  ['more content than is taken', { contentLength: 1_000_000, ratio: 10_000, freeLength: 0 }],
  ['content that is packed too well', { contentLength: 1e9, ratio: 100, freeLength: 500_000 }],
])('an archive bomb is refused while it unpacks: %s', async (_name, limits) => {
  const bomb = bufferSource(gzipSync(Buffer.alloc(4_000_000)))
  let seen = 0
  const read = async () => {
    for await (const chunk of gunzip(bomb, noGzipFacts(), limits)) seen += chunk.length
  }
  await expect(read()).rejects.toMatchObject({ code: 'too_large' })
  expect(seen).toBeLessThan(2_000_000)
})

test('the rest of a file is not read for a reader that stops early', async () => {
  const packed = bufferSource(gzipSync(randomBytes(4_000_000)))
  let reads = 0
  const counting: Source = {
    size: packed.size,
    read: (start, end) => {
      reads++
      return packed.read(start, end)
    },
  }
  for await (const chunk of gunzip(counting, noGzipFacts())) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  for (let turn = 0; turn < 100; turn++) await setImmediate()
  // Of more than sixty pieces: those on their way.
  expect(reads).toBeLessThan(20)
})

test.each([
  [0, [0, 0, 0, 0]],
  [1, [1, 0, 0, 0]],
  [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff]],
  [2 ** 32, [0, 0, 0, 0]],
  [2 ** 32 + 513, [1, 2, 0, 0]],
  [3 * 2 ** 40 + 7, [7, 0, 0, 0]],
])('a trailer counts %i bytes modulo 4 GiB', (length, bytes) => {
  expect([...gzipTrailer(0xcbf43926, length)]).toEqual([0x26, 0x39, 0xf4, 0xcb, ...bytes])
})

test('numbers of up to 48 bits are written and read', () => {
  const bytes = new Uint8Array(8)
  for (const value of [0, 255, 256, 2 ** 32, 2 ** 48 - 1]) {
    writeUint(bytes, 1, 6, value)
    expect(readUint(bytes, 1, 6)).toBe(value)
    expect([bytes[0], bytes[7]]).toEqual([0, 0])
  }
})

test('a source that fails midway fails the reading, with its own error', async () => {
  const broken = {
    size: 1_000_000,
    read: async (start: number, end: number) => {
      if (start > 70_000) throw new Error('the disk is gone')
      return Buffer.concat([PLAIN.subarray(0, 10), Buffer.alloc(end)]).subarray(start, end)
    },
  }
  // Endless empty stored blocks: nothing but the source can end this.
  const stored = Buffer.from([0, 0, 0, 0xff, 0xff])
  const endless = {
    size: broken.size,
    read: async (start: number, end: number) => {
      const bytes = await broken.read(start, end)
      for (let at = Math.max(start, 10); at < end; at++) {
        bytes.writeUInt8(stored.readUInt8((at - 10) % 5), at - start)
      }
      return bytes
    },
  }
  await expect(collect(gunzip(endless, noGzipFacts()))).rejects.toThrow('the disk is gone')
})
