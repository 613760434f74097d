import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bufferSource,
  composedSource,
  composedStream,
  detect,
  type FileOptions,
  type Format,
  fileSource,
  hashPrefix,
  type Plan,
  planFile,
  prepare,
  proveStampable,
  rangeOf,
  readStamp,
  type Source,
  sha256,
  stamp,
  unstamp,
} from '../src/index.ts'
import { makeDeb } from './archives/deb.ts'
import { collect, makeTarGz } from './archives/tar.ts'
import { makeWheel, WHEEL_NAME } from './archives/wheel.ts'
import { makeZip } from './archives/zip.ts'
import { isHere, run } from './readers/machine.ts'
import { OTHER_TOKEN, refusal, stampBytes, TOKEN, unstampBytes } from './stamping.ts'

const zipBytes = makeZip(
  [{ name: 'mod/' }, { name: 'mod/a', content: 'a'.repeat(200_000) }, { name: 'mod/b' }],
  { comment: 'comment' },
)
const script = Buffer.from("#!/bin/sh\nSENTBY_STAMP=''\necho hello\n")
const bases: [Format, Buffer, string][] = [
  ['zip', zipBytes, 'mod.zip'],
  ['wheel', makeWheel(), WHEEL_NAME],
  ['tar.gz', makeTarGz([{ name: 'mod/' }, { name: 'mod/a', content: 'a' }]), 'mod.tar.gz'],
  ['deb', makeDeb(), 'acme.deb'],
  ['shell', script, 'install.sh'],
]

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('a file is known', () => {
  const cases: [string, Buffer, string | undefined, Format][] = [
    ['a zip by its content, whatever its name says', zipBytes, 'mod.tar.gz', 'zip'],
    ['an empty zip', makeZip([]), undefined, 'zip'],
    ['an empty zip64', makeZip([], { zip64: true }), undefined, 'zip'],
    ['a zip behind a first line', makeZip([{ name: 'a' }], { prefix: '#!x\n' }), 'a.pyz', 'zip'],
    ['a wheel by its name', makeWheel(), `/downloads/${WHEEL_NAME}`, 'wheel'],
    ['a wheel by its content, where it has no name', makeWheel(), undefined, 'wheel'],
    ['a wheel that is named a zip', makeWheel(), 'acme.zip', 'zip'],
    ['a tar.gz', makeTarGz([{ name: 'a' }]), 'a.zip', 'tar.gz'],
    ['a deb', makeDeb(), undefined, 'deb'],
    ['a script', script, 'install', 'shell'],
  ]
  test.each(cases)('%s', async (_, bytes, name, format) => {
    expect(await detect(bufferSource(bytes), name)).toBe(format)
  })

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['an rpm', '\xed\xab\xee\xdb\x03\x00'],
    ['a Windows program', 'MZ\x90\x00'],
    ['a byte of a zip', 'P'],
  ])('and %s is not', async (_, text) => {
    const bytes = Buffer.from(text, 'latin1')
    expect(await refusal(() => detect(bufferSource(bytes), 'a.zip'))).toBe('unknown_format')
  })
})

describe('a file on disk', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stamp-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('is stamped as the same bytes in memory are', async () => {
    const path = join(folder, 'mod.zip')
    await writeFile(path, zipBytes)
    const source = await fileSource(path)
    const { plan, base } = await planFile(source, { name: path })
    const stamped = await collect(composedStream(stamp(plan, TOKEN), base))
    await source.close()
    await source.close()
    expect(stamped.equals(await stampBytes(zipBytes))).toBe(true)
  })

  test('that became shorter is truncated, and a folder is no file', async () => {
    const path = join(folder, 'short.zip')
    await writeFile(path, zipBytes)
    const source = await fileSource(path)
    await writeFile(path, zipBytes.subarray(0, 100))
    expect(await refusal(() => planFile(source, { format: 'zip' }))).toBe('truncated')
    await source.close()
    expect(await refusal(() => fileSource(folder))).toBe('malformed')
    await expect(fileSource(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test.each(isHere('mkfifo') ? ['pipe'] : [])('is no %s, which nobody waits for', async (name) => {
    const path = join(folder, name)
    run(['mkfifo', path])
    expect(await refusal(() => fileSource(path))).toBe('malformed')
  })
})

describe.each(bases)('a stamped %s', (format, bytes, name) => {
  const planned = () => planFile(bufferSource(bytes), { name })

  test('is planned as plain JSON, once for every token', async () => {
    const { plan } = await planned()
    const stored: Plan = JSON.parse(JSON.stringify(plan))
    expect(stored).toEqual(plan)
    const file = composedSource(stamp(stored, OTHER_TOKEN), bufferSource(bytes))
    const found = await readStamp(file, { name })
    expect(found).toMatchObject({ format, token: OTHER_TOKEN, path: plan.path })
  })

  test('comes in any range as the same bytes, in chunks of 64 KiB at most', async () => {
    const { plan, base } = await planned()
    const composition = stamp(plan, TOKEN)
    const whole = await collect(composedStream(composition, base))
    expect(whole).toHaveLength(composition.size)
    const edges = new Set([0, 1, whole.length - 1, whole.length])
    let at = 0
    for (const segment of composition.segments) {
      at += 'bytes' in segment ? segment.bytes.length : segment.end - segment.start
      for (const edge of [at - 1, at, at + 1]) if (edge <= whole.length) edges.add(edge)
    }
    for (const start of edges) {
      for (const end of edges) {
        if (start > end) continue
        const range = await collect(composedStream(composition, base, { start, end }))
        expect(range.equals(whole.subarray(start, end))).toBe(true)
      }
    }
    for await (const chunk of composedStream(composition, base)) {
      expect(chunk.length).toBeLessThanOrEqual(65_536)
    }
    for (const [start, end] of [
      [0, whole.length + 1],
      [-1, 1],
      [2, 1],
      [0.5, 1],
    ] as const) {
      expect(await refusal(async () => rangeOf(composition, start, end))).toBe('truncated')
    }
  })

  test('has the SHA-256 that its prefix and its tail give', async () => {
    const { plan, base } = await planned()
    const prefix = await hashPrefix(stamp(plan, TOKEN), base)
    for (const token of [TOKEN, OTHER_TOKEN]) {
      const composition = stamp(plan, token)
      const expected = hashOf(await stampBytes(bytes, token, { name }))
      const digests = [sha256(composition, base), sha256(composition, base, prefix)]
      for (const digest of await Promise.all(digests)) {
        expect(Buffer.from(digest).toString('hex')).toBe(expected)
      }
    }
  })

  test('passes the test before publishing, which gives the SHA-256 of the base', async () => {
    const proof = await proveStampable(bufferSource(bytes), { name })
    expect(Buffer.from(proof.sha256).toString('hex')).toBe(hashOf(bytes))
    expect(proof.plan).toEqual((await planned()).plan)
    const stamped = bufferSource(await stampBytes(bytes, TOKEN, { name }))
    expect(await refusal(() => proveStampable(stamped, { name }))).toBe('path_taken')
  })

  test.each([
    '',
    'JANE',
    's1',
    's1.a',
    's1.a b.c',
    "s1.a.'; rm -rf /",
    's1.a.b\n',
    's0.a.b',
    `s1.a.${'x'.repeat(252)}`,
  ])('never carries %j', async (token) => {
    const { plan } = await planned()
    expect(await refusal(async () => stamp(plan, token))).toBe('bad_token')
  })

  test('without a stamp there is none to take out', async () => {
    expect(await readStamp(bufferSource(bytes), { name })).toBeNull()
    expect(await refusal(() => unstamp(bufferSource(bytes), { name }))).toBe('not_stamped')
  })

  test('can be prepared, proved, stamped and unstamped', async () => {
    const prepared = await collect(prepare(format, bufferSource(bytes)))
    if (format !== 'tar.gz') expect(prepared.equals(bytes)).toBe(true)
    const options: FileOptions = { name }
    await proveStampable(bufferSource(prepared), options)
    const stamped = await stampBytes(prepared, TOKEN, options)
    expect(prepared.equals(await unstampBytes(stamped, options))).toBe(true)
  })
})

test('a plan of no known format is refused', async () => {
  for (const format of ['rpm', 'toString', '__proto__']) {
    const plan: Plan = JSON.parse(JSON.stringify({ format, baseSize: 1, path: null, detail: {} }))
    expect(await refusal(async () => stamp(plan, TOKEN))).toBe('malformed')
  }
})

test('a file that does not give the same bytes twice fails the test before publishing', async () => {
  let reads = 0
  const steady = bufferSource(zipBytes)
  const unsteady: Source = {
    size: steady.size,
    async read(start, end) {
      const bytes = Buffer.from(await steady.read(start, end))
      if (start === 0) bytes[50] = reads++ % 251
      return bytes
    },
  }
  expect(await refusal(() => proveStampable(unsteady, { name: 'mod.zip' }))).toBe('unsupported')
})
