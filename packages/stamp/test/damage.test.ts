import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { bufferSource, type Format, planFile, prepare } from '../src/index.ts'
import { type DebShape, makeDeb } from './archives/deb.ts'
import { collect } from './archives/tar.ts'
import { makeWheel } from './archives/wheel.ts'
import { storedXz } from './archives/xz.ts'
import { makeZip, type ZipItem, type ZipShape } from './archives/zip.ts'
import {
  countOf,
  OTHER_TOKEN,
  refusal,
  stampBytes,
  TOKEN,
  tokenOf,
  unstampBytes,
} from './stamping.ts'

// Thousands of archives, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const name = fc
  .array(fc.stringMatching(/^[a-zà-ü0-9_ -]{1,8}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'))
const item: fc.Arbitrary<ZipItem> = fc.record(
  {
    name: fc.oneof(
      name,
      name.map((text) => `${text}/`),
    ),
    content: fc.uint8Array({ maxLength: 2000 }),
    deflate: fc.boolean(),
    descriptor: fc.boolean(),
  },
  { requiredKeys: ['name'] },
)
const items = fc.uniqueArray(item, { maxLength: 12, selector: (each) => each.name })
const shape: fc.Arbitrary<ZipShape> = fc.record(
  { comment: fc.string({ maxLength: 300 }), zip64: fc.boolean() },
  { requiredKeys: [] },
)
const part = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)
const token = fc
  .array(part, { minLength: 2, maxLength: 10 })
  .map((parts) => `s1.${parts.join('.')}`)

test('any zip and any token: read, unstamped and stamped again, nothing of it is lost', async () => {
  await fc.assert(
    fc.asyncProperty(items, shape, token, token, async (made, how, first, second) => {
      const base = makeZip(made, how)
      const options = { format: 'zip', path: 'partner_ref' } as const
      const stamped = await stampBytes(base, first, options)
      expect(await tokenOf(stamped)).toBe(first)
      expect(base.equals(await unstampBytes(stamped))).toBe(true)
      const again = await stampBytes(stamped, second, options)
      expect(again.equals(await stampBytes(base, second, options))).toBe(true)
    }),
    { numRuns: 300 },
  )
})

const xz: DebShape['pack'] = (tar) => ({ name: 'control.tar.xz', content: storedXz(tar) })

const samples: [string, Format, Buffer][] = [
  [
    'zip',
    'zip',
    makeZip(
      [
        { name: 'mod/' },
        { name: 'mod/a.txt', content: 'aaaa', deflate: true },
        { name: 'mod/b', content: 'b', descriptor: true },
      ],
      { comment: 'comment' },
    ),
  ],
  ['zip64', 'zip', makeZip([{ name: 'a', content: 'a' }], { zip64: true })],
  ['wheel', 'wheel', makeWheel()],
  ['deb', 'deb', makeDeb()],
  ['deb that was xz', 'deb', await collect(prepare('deb', bufferSource(makeDeb({ pack: xz }))))],
]

/** A damaged file is refused or, stamped, comes back byte for byte. */
async function expectConsistency(bytes: Buffer, format: Format): Promise<void> {
  let stamped: Buffer = Buffer.alloc(0)
  const code = await refusal(async () => {
    stamped = await stampBytes(bytes, OTHER_TOKEN, { format })
  })
  if (code !== null) return
  expect(await tokenOf(stamped, { format })).toBe(OTHER_TOKEN)
  const { base } = await planFile(bufferSource(bytes), { format })
  const canonical = await base.read(0, base.size)
  expect(Buffer.compare(canonical, await unstampBytes(stamped, { format }))).toBe(0)
}

test.each(samples)('a %s cut off anywhere is refused', async (_, format, base) => {
  const stamped = await stampBytes(base, TOKEN, { format })
  for (const whole of [base, stamped]) {
    for (let size = 0; size < whole.length; size++) {
      const cut = whole.subarray(0, size)
      const planned = await refusal(() => planFile(bufferSource(cut), { format }))
      // Of the deb's last member the padding may go, as readers allow.
      const isPadding = format === 'deb' && size === whole.length - 1
      if (!isPadding) expect([size, planned]).not.toEqual([size, null])
    }
  }
})

test.each(samples)('a damaged %s is refused or stays consistent', async (_, format, base) => {
  const stamped = await stampBytes(base, TOKEN, { format })
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(base, stamped), damage, async (whole, changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at % copy.length] = value
      await expectConsistency(copy, format)
    }),
    { numRuns: 600 },
  )
})

test('a single flipped bit of a stamped zip is refused, found, or leaves both halves whole', async () => {
  const [, format, base] = samples[0] ?? ['', 'zip', Buffer.alloc(0)]
  const stamped = await stampBytes(base, TOKEN, { format })
  for (let at = 0; at < stamped.length; at++) {
    const copy = Buffer.from(stamped)
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
    await expectConsistency(copy, format)
    await refusal(async () => {
      // A token that is found is the one that stands there.
      const found = await tokenOf(copy, { format })
      if (found !== null) expect(countOf(copy, `${found}\n`)).toBe(1)
    })
  }
})

test('another byte anywhere in the headers of a deb is refused or stays consistent', async () => {
  const base = makeDeb()
  for (let at = 0; at < 132; at++) {
    for (const value of [0x00, 0x09, 0x0a, 0x20, 0x2f, 0x30, 0x39, 0xff]) {
      const copy = Buffer.from(base)
      copy[at] = value
      await expectConsistency(copy, 'deb')
    }
  }
})

test('garbage of any format is refused', async () => {
  const formats = fc.constantFrom<Format>('zip', 'wheel', 'deb')
  const starts = fc.constantFrom('', 'PK\x03\x04', 'PK\x05\x06', '!<arch>\n', '#!/bin/sh\n')
  await fc.assert(
    fc.asyncProperty(
      formats,
      starts,
      fc.uint8Array({ maxLength: 400 }),
      async (format, start, bytes) => {
        const file = Buffer.concat([Buffer.from(start, 'latin1'), bytes])
        const source = bufferSource(file)
        expect(await refusal(() => planFile(source, { format }))).not.toBeNull()
        // Of unknown format it may be a script without a slot.
        expect(await refusal(() => planFile(source))).not.toBeNull()
      },
    ),
    { numRuns: 500 },
  )
})
