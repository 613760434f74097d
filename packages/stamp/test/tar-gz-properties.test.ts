import { constants, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { bufferSource, composedStream, planFile, readStamp, StampError } from '../src/index.ts'
import {
  collect,
  fixChecksum,
  makeTar,
  makeTarGz,
  prepared,
  type TarMember,
} from './archives/tar.ts'
import { stampBytes, TOKEN, unstampBytes } from './stamping.ts'

// Thousands of files each; a busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 })

const part = fc.stringMatching(/^[a-zA-Z0-9ü_-]{1,40}$/)
const path = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('/'))
const content = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 1200 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ maxLength: 2000 }).map((text) => Buffer.from(text.repeat(20))),
)
const member: fc.Arbitrary<TarMember> = fc
  .record({
    kind: fc.constantFrom('file', 'folder', 'symlink', 'link'),
    path,
    content,
    how: fc.constantFrom('pax' as const, 'gnu' as const),
    isUnderMod: fc.boolean(),
  })
  .map(({ kind, path: tail, content: bytes, how, isUnderMod }) => {
    const name = `${isUnderMod ? 'mod/' : ''}${tail}${kind === 'folder' ? '/' : ''}`
    const longName = Buffer.byteLength(name) > 100 ? { longName: how } : {}
    if (kind === 'file') return { name, content: bytes, ...longName }
    if (kind === 'folder') return { name, ...longName }
    return { name, type: kind === 'link' ? '1' : '2', target: 'mod/x', ...longName }
  })
const tar = fc
  .record({
    members: fc.array(member, { maxLength: 12 }),
    endLength: fc.constantFrom(0, 512, 1024, 10_240),
  })
  .filter(({ members, endLength }) => members.length + endLength > 0)
  .map(({ members, endLength }) => makeTar(members, { endLength }))
const packed = fc
  .record({ archive: tar, level: fc.integer({ min: 0, max: 9 }), blocks: fc.boolean() })
  .map(({ archive, level, blocks }) =>
    gzipSync(archive, { level, strategy: blocks ? constants.Z_FIXED : 0 }),
  )
const PATH = { path: 'sentby/partner_ref' }

test('whatever the archive, prepared and stamped it holds the same tar and one stamp', async () => {
  await fc.assert(
    fc.asyncProperty(packed, async (file) => {
      const base = await prepared(file)
      const archive = gunzipSync(file)
      expect(gunzipSync(base).equals(archive)).toBe(true)
      const download = await stampBytes(base, TOKEN, PATH)
      const inside = gunzipSync(download)
      const at = inside.indexOf(PATH.path)
      expect(inside.lastIndexOf(PATH.path)).toBe(at)
      const rest = Buffer.concat([inside.subarray(0, at), inside.subarray(at + 1024)])
      expect(rest.equals(archive)).toBe(true)
      expect((await unstampBytes(download)).equals(base)).toBe(true)
    }),
    { numRuns: 150 },
  )
})

test('whatever the archive, a stamp comes out of an unprepared file without a trace', async () => {
  await fc.assert(
    fc.asyncProperty(packed, async (file) => {
      const once = await stampBytes(file, TOKEN, PATH)
      const again = await stampBytes(once, 's1.x.y', PATH)
      for (const [download, token] of [
        [once, TOKEN],
        [again, 's1.x.y'],
      ] as const) {
        expect(await readStamp(bufferSource(download))).toMatchObject({ token, path: PATH.path })
        expect((await unstampBytes(download)).equals(file)).toBe(true)
        gunzipSync(download)
      }
    }),
    { numRuns: 150 },
  )
})

const MEMBERS: TarMember[] = [{ name: 'mod/' }, { name: 'mod/a', content: 'hello '.repeat(90) }]
const UNPREPARED = makeTarGz(MEMBERS)
const PREPARED = await prepared(UNPREPARED)
const FILES: [string, Buffer][] = [
  ['an unprepared file', UNPREPARED],
  ['a prepared file', PREPARED],
  ['a stamped file', await stampBytes(UNPREPARED)],
  ['a stamped prepared file', await stampBytes(PREPARED)],
]

/** Reads, unstamps and plans; whatever comes out must be a refusal or a file that every reader takes. */
async function isRefusedOrSound(file: Buffer): Promise<'refused' | 'sound'> {
  const source = bufferSource(file)
  const options = { format: 'tar.gz' } as const
  try {
    const found = await readStamp(source, options)
    // Only the ends are read for a stamp: what is damaged between them is as damaged without it.
    if (found && isGzip(file)) gunzipSync(await collect(composedStream(found.canonical, source)))
  } catch (error) {
    if (error instanceof StampError) return 'refused'
    throw error
  }
  try {
    const { plan, base } = await planFile(source, options)
    expect(plan.baseSize).toBe(base.size)
    gunzipSync(await stampBytes(file))
    return 'sound'
  } catch (error) {
    if (error instanceof StampError) return 'refused'
    throw error
  }
}

test.each(FILES)('%s, cut anywhere, is refused', async (_name, file) => {
  for (let length = 0; length < file.length; length++) {
    expect(await isRefusedOrSound(file.subarray(0, length))).toBe('refused')
  }
})

test.each(FILES)('%s with any byte changed is refused, or still sound', async (_name, file) => {
  for (let at = 0; at < file.length; at++) {
    const changed = Buffer.from(file)
    changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at)
    await isRefusedOrSound(changed)
  }
})

test('random bytes behind a gzip header are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
      const file = Buffer.concat([UNPREPARED.subarray(0, 10), bytes])
      expect(await isRefusedOrSound(file)).toBe('refused')
    }),
    { numRuns: 500 },
  )
})

test('random tar headers are refused, or still sound', async () => {
  const archive = makeTar(MEMBERS)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async (changes) => {
        const changed = Buffer.from(archive)
        for (const [at, byte] of changes) changed.writeUInt8(byte, at)
        for (const start of [0, 512]) fixChecksum(changed.subarray(start, start + 512))
        await isRefusedOrSound(gzipSync(changed))
      },
    ),
    { numRuns: 500 },
  )
})

test('a forged mark of a prepared file is refused, or the file is still sound', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 16, max: 40 }), fc.nat(255)), { minLength: 1 }),
      async (changes) => {
        const changed = Buffer.from(PREPARED)
        for (const [at, byte] of changes) changed.writeUInt8(byte, at)
        await isRefusedOrSound(changed)
      },
    ),
    { numRuns: 500 },
  )
})

test('a deflate stream whose last block ends inside a byte is stamped like any other', async () => {
  const archive = makeTar(MEMBERS)
  const body = deflateRawSync(archive, { strategy: constants.Z_FIXED })
  const trailer = gzipSync(archive).subarray(-8)
  const file = Buffer.concat([UNPREPARED.subarray(0, 10), body, trailer])
  expect(gunzipSync(await stampBytes(file)).length).toBe(archive.length + 1024)
})

function isGzip(file: Buffer): boolean {
  try {
    gunzipSync(file)
    return true
  } catch {
    return false
  }
}
