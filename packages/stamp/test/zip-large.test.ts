import { expect, test } from 'vitest'
import { composedSource, planFile, readStamp, type Source, stamp, unstamp } from '../src/index.ts'
import { longEnd, makeZip } from './archives/zip.ts'
import { TOKEN } from './stamping.ts'

const GIB = 1024 ** 3

/** A zip of one stored entry of `size` bytes, of which only the two ends are in memory. */
function sparseZip(size: number): Source {
  const small = makeZip([{ name: 'big.bin', content: '' }])
  const header = Buffer.from(small.subarray(0, 37))
  const record = Buffer.from(small.subarray(37, small.length - 22))
  const offset = header.length + size
  const long = size >= 0xffffffff
  record.writeUInt32LE(long ? 0xffffffff : size, 20)
  record.writeUInt32LE(long ? 0xffffffff : size, 24)
  const extra = Buffer.alloc(long ? 20 : 0)
  if (long) {
    record.writeUInt16LE(extra.length, 30)
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(16, 2)
    extra.writeBigUInt64LE(BigInt(size), 4)
    extra.writeBigUInt64LE(BigInt(size), 12)
  }
  const directory = Buffer.concat([record, extra])
  const end = Buffer.from(small.subarray(-22))
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(Math.min(offset, 0xffffffff), 16)
  const place = { entries: 1, size: directory.length, offset }
  const longer = offset >= 0xffffffff ? longEnd(place) : Buffer.alloc(0)
  return sparse(header, size, Buffer.concat([directory, longer, end]))
}

/** Bytes, zeros, bytes. It gives no more than 1 MiB at a time, so nobody reads all of it by mistake. */
function sparse(head: Buffer, zeros: number, tail: Buffer): Source {
  const tailStart = head.length + zeros
  return {
    size: tailStart + tail.length,
    async read(start, end) {
      if (end - start > 1024 * 1024) throw new Error('a read of more than 1 MiB')
      const bytes = Buffer.alloc(end - start)
      if (start < head.length) head.copy(bytes, 0, start, end)
      if (end > tailStart) {
        tail.copy(bytes, Math.max(0, tailStart - start), Math.max(0, start - tailStart))
      }
      return bytes
    },
  }
}

test.each([
  ['just below 4 GiB', 4 * GIB - 60],
  ['that the stamp takes past 4 GiB', 4 * GIB - 200],
  ['of one byte less than zip64 needs', 4 * GIB - 1 - 37 - 1],
  ['of 5 GiB', 5 * GIB],
  ['of 8,000 TiB', 8_000 * 1024 * GIB - 4096],
])('a zip %s is stamped and unstamped by its ends alone', async (_, size) => {
  const base = sparseZip(size)
  const { plan } = await planFile(base, { format: 'zip' })
  const composition = stamp(plan, TOKEN)
  const file = composedSource(composition, base)
  const found = await readStamp(file, { format: 'zip' })
  expect(found).toMatchObject({ token: TOKEN, path: 'partner_ref' })
  const canonical = composedSource(await unstamp(file, { format: 'zip' }), file)
  expect(canonical.size).toBe(base.size)
  const from = base.size - 300
  const ends = await Promise.all([base, canonical].map((source) => source.read(from, base.size)))
  expect(Buffer.compare(ends[0] ?? Buffer.alloc(1), ends[1] ?? Buffer.alloc(2))).toBe(0)
})

test('the records of a zip past 4 GiB say where the stamp is in 64 bits', async () => {
  const base = sparseZip(5 * GIB)
  const { plan } = await planFile(base, { format: 'zip' })
  const composition = stamp(plan, TOKEN)
  const file = composedSource(composition, base)
  const tail = Buffer.from(await file.read(file.size - 98, file.size))
  const offset = base.size - 98 - 73
  expect(Number(tail.readBigUInt64LE(32))).toBe(2)
  expect(Number(tail.readBigUInt64LE(48))).toBeGreaterThan(offset)
  const at = Number(tail.readBigUInt64LE(48))
  const directory = Buffer.from(await file.read(at, file.size))
  expect(directory.readUInt32LE(0)).toBe(0x02014b50)
  const ours = directory.indexOf('PK\x01\x02', 4, 'latin1')
  expect(directory.readUInt32LE(ours + 42)).toBe(0xffffffff)
  const name = directory.readUInt16LE(ours + 28)
  expect(directory.readUInt16LE(ours + 46 + name)).toBe(1)
  const local = Number(directory.readBigUInt64LE(ours + 46 + name + 4))
  expect(Buffer.from(await file.read(local, local + 4)).readUInt32LE(0)).toBe(0x04034b50)
})
