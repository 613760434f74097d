import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { bufferSource, type Format, prepare, proveStampable, readStamp } from '../src/index.ts'
import { type ArItem, type DebShape, makeAr, makeDeb } from './archives/deb.ts'
import { collect, makeTar } from './archives/tar.ts'
import { storedXz, type XzShape } from './archives/xz.ts'
import {
  countOf,
  OTHER_TOKEN,
  refusal,
  stampBytes,
  TOKEN,
  tokenOf,
  unstampBytes,
} from './stamping.ts'

const prepared = (bytes: Uint8Array, format: Format = 'deb') =>
  collect(prepare(format, bufferSource(bytes)))
const refusalOf = (bytes: Uint8Array) => refusal(() => prepared(bytes))

/** As dpkg-deb makes it: the control member is xz. */
const xz =
  (shape: XzShape = {}, name = 'control.tar.xz') =>
  (tar: Buffer): ArItem => ({ name, content: storedXz(tar, shape) })

/** The members of an ar archive that was made here: their headers and contents. */
function membersOf(deb: Buffer): { header: string; content: Buffer; padding: string }[] {
  const members = []
  for (let at = 8; at < deb.length; ) {
    const header = deb.toString('latin1', at, at + 60)
    const end = at + 60 + Number(header.slice(48, 58))
    const next = end + (end % 2)
    const padding = deb.toString('latin1', end, next)
    members.push({ header, content: deb.subarray(at + 60, end), padding })
    at = next
  }
  return members
}

describe('a deb with an xz control member', () => {
  const scripts = [
    { name: './postinst', content: '#!/bin/sh\n', mode: 0o755 },
    { name: './md5sums', content: `${'0'.repeat(32)}  opt/acme-tool\n`.repeat(3000) },
  ]
  const cases: [string, DebShape][] = [
    ['as dpkg-deb makes it', { pack: xz() }],
    ['with SHA-256', { pack: xz({ check: 10 }) }],
    ['with scripts', { pack: xz(), control: scripts }],
    ['with a slash behind its name', { pack: xz({}, 'control.tar.xz/') }],
    [
      'with a member behind the data',
      { pack: xz(), more: [{ name: '_x', content: Buffer.of(1) }] },
    ],
  ]
  test.each(cases)(
    '%s is prepared: the same tar as tar.gz, all else as it was',
    async (_, shape) => {
      const deb = makeDeb(shape)
      const base = await prepared(deb)
      const [before, after] = [membersOf(deb), membersOf(base)]
      expect(after).toHaveLength(before.length)
      const gz = makeDeb(shape.control ? { control: shape.control } : {})
      for (const [i, member] of after.entries()) {
        if (i !== 1) expect(member).toEqual(before[i])
      }
      const [control, was] = [after[1], before[1]]
      expect(control?.header.slice(0, 16)).toBe('control.tar.gz  ')
      expect(control?.header.slice(16, 48)).toBe(was?.header.slice(16, 48))
      expect(control?.padding).toBe((control?.content.length ?? 0) % 2 === 1 ? '\n' : '')
      const tar = zlib.gunzipSync(control?.content ?? Buffer.alloc(0))
      expect(tar.equals(zlib.gunzipSync(membersOf(gz)[1]?.content ?? Buffer.alloc(0)))).toBe(true)
    },
  )

  test.each(cases)('%s is stamped like any other once prepared', async (_, shape) => {
    const base = await prepared(makeDeb(shape))
    await proveStampable(bufferSource(base))
    const stamped = await stampBytes(base)
    expect(await tokenOf(stamped)).toBe(TOKEN)
    expect(base.equals(await unstampBytes(stamped))).toBe(true)
    const again = await stampBytes(stamped, OTHER_TOKEN)
    expect(again.equals(await stampBytes(base, OTHER_TOKEN))).toBe(true)
    expect(countOf(again, TOKEN)).toBe(0)
  })

  test('is prepared to the same bytes every time, and only once', async () => {
    const base = await prepared(makeDeb({ pack: xz() }))
    expect(base.equals(await prepared(makeDeb({ pack: xz() })))).toBe(true)
    expect(base.equals(await prepared(base))).toBe(true)
  })

  test('has no stamp before it is prepared', async () => {
    expect(await readStamp(bufferSource(makeDeb({ pack: xz() })))).toBeNull()
  })
})

const plain: DebShape = { pack: (tar) => ({ name: 'control.tar', content: tar }) }
test.each([
  ['gzip', {}],
  ['no', plain],
])('a deb with %s compression of its control is published as it is', async (_, shape) => {
  const deb = makeDeb(shape)
  expect(deb.equals(await prepared(deb))).toBe(true)
  const stamped = await stampBytes(deb)
  expect(stamped.equals(await prepared(stamped))).toBe(true)
})

describe('a deb cannot be prepared', () => {
  const packed = (name: string, content: Buffer): DebShape => ({ controlMember: { name, content } })
  const bomb = storedXz(Buffer.alloc(16 * 1024 * 1024 + 1))
  const tar = makeTar([{ name: './control', content: 'Package: a\n' }])
  const cut = storedXz(tar).subarray(0, -13)
  const cases: [string, Uint8Array, string][] = [
    ['that is empty', Buffer.alloc(0), 'truncated'],
    ['without members', makeAr([]), 'malformed'],
    ['whose xz is none', makeDeb(packed('control.tar.xz', Buffer.from('?'))), 'unknown_format'],
    ['whose xz is cut off', makeDeb(packed('control.tar.xz', cut)), 'truncated'],
    [
      'whose xz is no tar',
      makeDeb(packed('control.tar.xz', storedXz(Buffer.alloc(600, 1)))),
      'unknown_format',
    ],
    ['of more than 16 MiB', makeDeb(packed('control.tar.xz', bomb)), 'too_large'],
    ['compressed with lzma', makeDeb(packed('control.tar.lzma', Buffer.from('?'))), 'unsupported'],
    ['compressed with nothing known', makeDeb(packed('control.tarball', tar)), 'unsupported'],
    [
      'signed as a whole',
      makeDeb({ pack: xz(), more: [{ name: '_gpgorigin', content: Buffer.of(1) }] }),
      'unsupported',
    ],
  ]
  test.each(cases)('%s', async (_, bytes, code) => {
    expect(await refusalOf(bytes)).toBe(code)
  })
})

describe('a deb with a zstd control member', () => {
  /** A zstd frame (RFC 8878 §3.1.1) of one raw block. */
  const frame = (tar: Buffer) => {
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0])
    header.writeUInt32LE(tar.length, 5)
    const block = Buffer.alloc(3)
    block.writeUIntLE((tar.length << 3) | 1, 0, 3)
    return Buffer.concat([header, block, tar])
  }
  const zst = (content: (tar: Buffer) => Buffer) =>
    makeDeb({ pack: (tar) => ({ name: 'control.tar.zst', content: content(tar) }) })

  if ('zstdDecompressSync' in zlib) {
    test('is prepared where Node has zstd', async () => {
      const stamped = await stampBytes(await prepared(zst(frame)))
      expect(await tokenOf(stamped)).toBe(TOKEN)
    })

    test('is refused where it is damaged, cut off, or more than one frame', async () => {
      const reserved = (tar: Buffer) => {
        const copy = frame(tar)
        copy[9] = (copy[9] ?? 0) | 6
        return copy
      }
      const otherLength = (tar: Buffer) => {
        const copy = frame(tar)
        copy.writeUInt32LE(tar.length + 1, 5)
        return copy
      }
      const cases: [(tar: Buffer) => Buffer, string][] = [
        [() => Buffer.from('?'), 'unknown_format'],
        [reserved, 'malformed'],
        [otherLength, 'malformed'],
        [(tar) => Buffer.concat([frame(tar), frame(tar)]), 'unsupported'],
        [(tar) => Buffer.concat([frame(tar), Buffer.of(0)]), 'unsupported'],
      ]
      for (const [content, code] of cases) expect(await refusalOf(zst(content))).toBe(code)
      for (let size = 4; size < frame(Buffer.alloc(600)).length; size += 3) {
        expect(await refusalOf(zst((tar) => frame(tar).subarray(0, size)))).toBe('truncated')
      }
    })

    test('is refused where it unpacks to more than 16 MiB', async () => {
      const blocks = Array.from({ length: 130 }, (_, i) => {
        const block = Buffer.alloc(4)
        block.writeUIntLE(((128 * 1024) << 3) | (1 << 1) | (i === 129 ? 1 : 0), 0, 3)
        return block
      })
      const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58])
      expect(await refusalOf(zst(() => Buffer.concat([header, ...blocks])))).toBe('too_large')
    })
  } else {
    test('names the Node that reads it, and the command that needs none', async () => {
      const source = bufferSource(zst(frame))
      await expect(collect(prepare('deb', source))).rejects.toThrow(/Node 22\.15.*dpkg-deb -Zgzip/)
      expect(await refusalOf(zst(frame))).toBe('unsupported')
    })
  }
})
