import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { gzipTrailer } from '../src/gzip-header.ts'
import {
  bufferSource,
  composedSource,
  composedStream,
  planFile,
  prepare,
  proveStampable,
  readStamp,
  type Source,
  stamp,
} from '../src/index.ts'
import { collect, makeTar, makeTarGz, prepared, type TarMember } from './archives/tar.ts'
import { OTHER_TOKEN, stampBytes, TOKEN, unstampBytes } from './stamping.ts'

const MODULE: TarMember[] = [
  { name: 'mod/' },
  { name: 'mod/module.xml', content: '<module/>'.repeat(200) },
  { name: 'mod/empty' },
]
const TAR = makeTar(MODULE, { endLength: 8192 })
const PUBLISHED = gzipSync(TAR)
const PREPARED = await prepared(PUBLISHED)
const BASES: [string, Buffer][] = [
  ['a prepared file', PREPARED],
  ['a file as it was made', PUBLISHED],
]

describe('prepare', () => {
  test('the tar inside stays the same byte for byte, and it is smaller than a KiB more', () => {
    expect(gunzipSync(PREPARED).equals(TAR)).toBe(true)
    expect(PREPARED.length).toBeLessThan(PUBLISHED.length + 200)
  })

  test('a prepared file comes out as it is, a stamped one as its prepared base', async () => {
    expect((await prepared(PREPARED)).equals(PREPARED)).toBe(true)
    expect((await prepared(await stampBytes(PREPARED))).equals(PREPARED)).toBe(true)
    expect((await prepared(await stampBytes(PUBLISHED))).equals(PREPARED)).toBe(true)
  })

  test('several gzip members become one', async () => {
    const parts = [TAR.subarray(0, 700), TAR.subarray(700, 5000), TAR.subarray(5000)]
    const several = Buffer.concat(parts.map((part) => gzipSync(part)))
    expect((await prepared(several)).equals(PREPARED)).toBe(true)
    await expect(planFile(bufferSource(several))).rejects.toMatchObject({ code: 'unsupported' })
  })

  test.each([0, 512, 1024, 10_240])('%i bytes at the end are kept', async (endLength) => {
    const tar = makeTar(MODULE, { endLength })
    const file = await prepared(gzipSync(tar))
    expect(gunzipSync(file).equals(tar)).toBe(true)
    await proveStampable(bufferSource(file))
  })

  test('an archive without entries can be prepared and stamped', async () => {
    const file = await stampBytes(await prepared(gzipSync(Buffer.alloc(10_240))))
    expect((await readStamp(bufferSource(file)))?.path).toBe('partner_ref')
  })

  test('a file that reads as many pieces gives the same', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))
    const file = makeTarGz([{ name: 'big', content }])
    expect(gunzipSync(await prepared(file)).equals(gunzipSync(file))).toBe(true)
  })
})

describe.each(BASES)('%s', (_name, base) => {
  test('takes a stamp, gives it back, and is itself again', async () => {
    const file = await stampBytes(base)
    const found = await readStamp(bufferSource(file))
    expect(found).toMatchObject({ token: TOKEN, path: 'mod/partner_ref', format: 'tar.gz' })
    expect((await unstampBytes(file)).equals(base)).toBe(true)
    expect(await readStamp(bufferSource(base))).toBeNull()
  })

  test('holds every entry as before, and one of the stamp', async () => {
    const content = gunzipSync(await stampBytes(base))
    const at = content.indexOf('mod/partner_ref')
    const without = Buffer.concat([content.subarray(0, at), content.subarray(at + 1024)])
    expect(without.equals(TAR)).toBe(true)
    expect(content.subarray(at + 512, at + 1024).toString()).toBe(`${TOKEN}\n`.padEnd(512, '\0'))
  })

  test('stamped again, has the new stamp alone', async () => {
    const again = await stampBytes(await stampBytes(base), OTHER_TOKEN)
    expect(again.equals(await stampBytes(base, OTHER_TOKEN))).toBe(true)
    expect(again.includes(TOKEN)).toBe(false)
  })

  test('grows by as much with every token, the longest too', async () => {
    for (const token of ['s1.a.b', `s1.a.${'b'.repeat(251)}`]) {
      expect((await stampBytes(base, token)).length).toBe(base.length + 1029)
    }
  })

  test('is not read for a download', async () => {
    const { plan } = await planFile(bufferSource(base))
    const stored: typeof plan = JSON.parse(JSON.stringify(plan))
    const chunks = composedStream(stamp(stored, TOKEN), bufferSource(base))
    expect((await collect(chunks)).equals(await stampBytes(base))).toBe(true)
    expect(() => stamp(stored, 'no token')).toThrow(expect.objectContaining({ code: 'bad_token' }))
  })

  test('passes the test on itself that comes before publishing', async () => {
    await expect(proveStampable(bufferSource(base))).resolves.toBeDefined()
  })

  test('a stamped file is read by its ends alone', async () => {
    const file = await stampBytes(base)
    let read = 0
    const counting: Source = {
      size: file.length,
      read: (start, end) => {
        read += end - start
        return bufferSource(file).read(start, end)
      },
    }
    expect((await readStamp(counting))?.token).toBe(TOKEN)
    expect(read).toBeLessThan(80_000)
  })
})

test('the stamp of a prepared file stands behind its last entry, else before the first', async () => {
  const position = async (base: Buffer) =>
    gunzipSync(await stampBytes(base)).indexOf('mod/partner_ref')
  expect(await position(PREPARED)).toBe(TAR.length - 8192)
  expect(await position(PUBLISHED)).toBe(0)
})

test.each<[string, TarMember[], string | undefined, string]>([
  ['one folder', [{ name: 'mod/' }, { name: 'mod/a' }], undefined, 'mod/partner_ref'],
  ['one folder without an entry', [{ name: 'package/a' }], undefined, 'package/partner_ref'],
  ['one folder, names from .', [{ name: './' }, { name: './mod/a' }], undefined, 'mod/partner_ref'],
  ['two folders', [{ name: 'a/b' }, { name: 'c/d' }], undefined, 'partner_ref'],
  ['a file beside the folder', [{ name: 'a/b' }, { name: 'README' }], undefined, 'partner_ref'],
  ['a file alone', [{ name: 'run' }], undefined, 'partner_ref'],
  ['a path of its own', [{ name: 'a/b' }], 'a/static/ref', 'a/static/ref'],
  ['a path below {top}', [{ name: 'a/b' }], '{top}/static/partner_ref', 'a/static/partner_ref'],
])('in %s the stamp has its place', async (_name, members, path, expected) => {
  const { plan } = await planFile(bufferSource(makeTarGz(members)), path ? { path } : {})
  expect(plan.path).toBe(expected)
})

test('a path of 255 bytes fits, one that ustar has no fields for does not', async () => {
  const base = bufferSource(makeTarGz([{ name: 'a/b' }]))
  const path = `${'d'.repeat(154)}/${'n'.repeat(100)}`
  expect(
    (await readStamp(bufferSource(await stampBytes(makeTarGz([{ name: 'a/b' }]), TOKEN, { path }))))
      ?.path,
  ).toBe(path)
  await expect(planFile(base, { path: 'n'.repeat(101) })).rejects.toMatchObject({
    code: 'bad_path',
  })
})

test.each<[string, string, TarMember[], string | undefined]>([
  ['the path itself', 'path_taken', [{ name: 'mod/partner_ref' }], undefined],
  ['the path, written otherwise', 'path_taken', [{ name: './mod//partner_ref' }], undefined],
  ['the path in other letters', 'path_taken', [{ name: 'mod/PARTNER_REF' }], undefined],
  ['a folder there', 'path_taken', [{ name: 'mod/partner_ref/' }], undefined],
  ['something inside', 'path_taken', [{ name: 'mod/partner_ref/x' }], undefined],
  [
    'a link where a folder is needed',
    'path_taken',
    [{ name: 'mod/' }, { name: 'mod/static', type: '2', target: '/etc' }],
    '{top}/static/ref',
  ],
  [
    'the path in a long name',
    'path_taken',
    [{ name: 'mod/partner_ref', longName: 'pax' }],
    undefined,
  ],
  ['two folders for {top}', 'bad_path', [{ name: 'a/b' }, { name: 'c/d' }], '{top}/ref'],
  ['a path upwards', 'bad_path', [{ name: 'a/b' }], '../ref'],
  ['an absolute path', 'bad_path', [{ name: 'a/b' }], '/etc/ref'],
  ['a hidden file', 'bad_path', [{ name: 'a/b' }], 'a/.ref'],
])('%s is refused: %s', async (_name, code, members, path) => {
  const source = bufferSource(makeTarGz(members))
  await expect(planFile(source, path ? { path } : {})).rejects.toMatchObject({ code })
})

test('a name that merely ends alike is not in the way', async () => {
  const members = [{ name: 'mod/a/partner_ref' }, { name: 'mod/xpartner_ref' }]
  expect((await planFile(bufferSource(makeTarGz(members)))).plan.path).toBe('mod/partner_ref')
})

test.each<[string, string, Buffer]>([
  ['text in a gzip', 'unknown_format', gzipSync('x'.repeat(5000))],
  ['nothing in a gzip', 'unknown_format', gzipSync('')],
  ['a tar that is cut', 'truncated', gzipSync(TAR.subarray(0, 1000))],
  ['bytes after the gzip', 'malformed', Buffer.concat([PUBLISHED, Buffer.from('\0\0')])],
  ['bytes after the tar', 'malformed', gzipSync(Buffer.concat([TAR, Buffer.from('x')]))],
  ['a bomb', 'too_large', gzipSync(Buffer.alloc(70 * 2 ** 20))],
])('%s is neither planned nor prepared: %s', async (_name, code, file) => {
  const options = { format: 'tar.gz' } as const
  await expect(planFile(bufferSource(file), options)).rejects.toMatchObject({ code })
  await expect(collect(prepare('tar.gz', bufferSource(file)))).rejects.toMatchObject({ code })
})

test('a prepared file that somebody compressed anew is one like any other', async () => {
  const again = gzipSync(gunzipSync(PREPARED))
  expect((await unstampBytes(await stampBytes(again))).equals(again)).toBe(true)
})

test('a stamp in a file that somebody compressed anew is a file like any other', async () => {
  const again = bufferSource(gzipSync(gunzipSync(await stampBytes(PREPARED))))
  expect(await readStamp(again)).toBeNull()
  await expect(planFile(again)).rejects.toMatchObject({ code: 'path_taken' })
})

test('entries that came into a prepared file later are noticed', async () => {
  const header = PREPARED.subarray(0, 41)
  const other = await prepared(makeTarGz([...MODULE, { name: 'mod/more' }]))
  const forged = Buffer.concat([header, other.subarray(41)])
  await expect(planFile(bufferSource(forged))).rejects.toMatchObject({ code: 'malformed' })
})

test.each([2 ** 32 - 1024, 2 ** 32, 5 * 2 ** 30 + 512, 2 ** 40])(
  'a base with %i bytes of content is stamped and comes back',
  async (length) => {
    const crc = 0x1234_5678
    const base = bufferSource(Buffer.concat([PUBLISHED.subarray(0, 12), gzipTrailer(crc, length)]))
    const detail = { at: 10, headLength: 0, headCrc: 0, tailLength: length, tailCrc: crc }
    const plan = { format: 'tar.gz', baseSize: base.size, path: 'ref', detail } as const
    const file = composedSource(stamp(plan, TOKEN), base)
    const found = await readStamp(file, { format: 'tar.gz' })
    const trailer = await file.read(file.size - 4, file.size)
    expect(Buffer.from(trailer).readUInt32LE()).toBe((length + 1024) % 2 ** 32)
    const back = await collect(composedStream(found?.canonical ?? { size: 0, segments: [] }, file))
    expect(back.equals(await base.read(0, base.size))).toBe(true)
  },
)
