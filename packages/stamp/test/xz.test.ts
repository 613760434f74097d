import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc64 } from '../src/crc64.ts'
import { unxz } from '../src/xz.ts'
import { END, makeXz, stored, storedXz, type XzShape } from './archives/xz.ts'
import { FILTERED, LINES, XZ_FILES } from './archives/xz-files.ts'
import { refusal } from './stamping.ts'

const MAX = 4 * 1024 * 1024
/** Those that can be unpacked a thousand times over. */
const SMALL_FILES = XZ_FILES.filter(({ content }) => content.length < 1000)

/** The content, or the code of the refusal; any other error ends the test. */
async function outcome(packed: Uint8Array, maxLength = MAX): Promise<Buffer | string> {
  let content = Buffer.alloc(0)
  const code = await refusal(async () => {
    content = Buffer.from(await unxz(packed, maxLength))
  })
  return code ?? content
}

describe('an xz file', () => {
  test.each(XZ_FILES)('$name is unpacked as it was', async ({ packed, content }) => {
    expect(content.equals(await unxz(packed, MAX))).toBe(true)
  })

  test.each(XZ_FILES)('$name is unpacked up to its length, not beyond', async (file) => {
    const { packed, content } = file
    expect(content.equals(await unxz(packed, content.length))).toBe(true)
    if (content.length > 0) expect(await outcome(packed, content.length - 1)).toBe('too_large')
  })

  test.each(SMALL_FILES)('$name is refused cut off anywhere', async ({ packed }) => {
    for (let size = 0; size < packed.length; size++) {
      const expected = size < 6 ? 'unknown_format' : 'truncated'
      expect([size, await outcome(packed.subarray(0, size))]).toEqual([size, expected])
    }
  })

  test.each(SMALL_FILES)('$name is refused with any bit flipped', async ({ packed, content }) => {
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const copy = Buffer.from(packed)
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit % 8))
      // Without a check the content may be another, as for every reader.
      const found = await outcome(copy)
      if (packed[7] === 0 && typeof found !== 'string') expect(found).toHaveLength(content.length)
      else expect([bit, typeof found]).toEqual([bit, 'string'])
    }
  })

  const [first = LINES, sha = LINES] = [XZ_FILES[0]?.packed, XZ_FILES[4]?.packed]
  const cases: [string, Buffer, string | Buffer][] = [
    ['with zeros behind it, in fours', Buffer.concat([first, Buffer.alloc(8)]), LINES],
    ['with three zeros behind it', Buffer.concat([first, Buffer.alloc(3)]), 'malformed'],
    ['of two streams', Buffer.concat([first, sha]), 'unsupported'],
    ['with bytes behind it', Buffer.concat([first, Buffer.from('bytes')]), 'unsupported'],
    ['with a filter for machine code', FILTERED, 'unsupported'],
    ['of nothing at all', Buffer.alloc(0), 'unknown_format'],
    ['that is gzip', Buffer.from('\x1f\x8b\x08\0\0\0\0\0', 'latin1'), 'unknown_format'],
  ]
  test.each(cases)('%s', async (_, packed, expected) => {
    expect(await outcome(packed)).toEqual(expected)
  })
})

test('the CRC-64 is that of the standard', () => {
  const check = Buffer.from(crc64(Buffer.from('123456789'))).reverse()
  expect(check.toString('hex')).toBe('995dc9bbdf1939fa')
  expect(Buffer.from(crc64(new Uint8Array(0))).toString('hex')).toBe('0000000000000000')
})

describe('an xz file of other makers', () => {
  const content = Buffer.from('a content of no meaning')
  const one = (index: (numbers: readonly number[]) => readonly number[]): XzShape => ({ index })
  const cases: [string, XzShape, string | Buffer][] = [
    ['stored', {}, content],
    ['without a check', { check: 0 }, content],
    ['with SHA-256', { check: 10 }, content],
    ['with a check that nobody has', { check: 2 }, 'unsupported'],
    ['with reserved stream flags', { check: 0x11 }, 'unsupported'],
    ['that tells its content’s size', { header: [0x80, 23, 0x21, 1, 0] }, content],
    ['that tells another size', { header: [0x80, 22, 0x21, 1, 0] }, 'malformed'],
    ['that tells its packed size', { header: [0x40, 27, 0x21, 1, 0] }, content],
    ['that tells another packed size', { header: [0x40, 26, 0x21, 1, 0] }, 'malformed'],
    ['that tells a packed size of 0', { header: [0x40, 0, 0x21, 1, 0] }, 'malformed'],
    ['with reserved block flags', { header: [0x04, 0x21, 1, 0] }, 'unsupported'],
    ['with the delta filter', { header: [1, 3, 1, 0, 0x21, 1, 0] }, 'unsupported'],
    ['with the delta filter alone', { header: [0, 3, 1, 0] }, 'unsupported'],
    ['with the largest dictionary', { header: [0, 0x21, 1, 40] }, content],
    ['with a larger one', { header: [0, 0x21, 1, 41] }, 'malformed'],
    ['with two properties', { header: [0, 0x21, 2, 0, 0] }, 'malformed'],
    ['with a padded header', { header: [0, 0x21, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0] }, content],
    ['with a header padded by ones', { header: [0, 0x21, 1, 0, 1] }, 'malformed'],
    ['with a number that ends in zero', { header: [0, 0xa1, 0, 1, 0] }, 'malformed'],
    ['with a number of ten bytes', { header: [0, ...Array(10).fill(0xff), 1] }, 'malformed'],
    ['with a number past 2⁵³', { header: [0x80, ...Array(8).fill(0xff), 1] }, 'malformed'],
    ['with a header that ends early', { header: [0xc0, 27] }, 'malformed'],
    ['with no blocks in its index', one(([, ...rest]) => [0, ...rest]), 'malformed'],
    ['with too many blocks in its index', one(([, ...rest]) => [2, ...rest]), 'malformed'],
    ['with another size in its index', one(([n = 0, a = 0, b = 0]) => [n, a + 4, b]), 'malformed'],
    [
      'with another length in its index',
      one(([n = 0, a = 0, b = 0]) => [n, a, b + 1]),
      'malformed',
    ],
    ['with more in its index', one((numbers) => [...numbers, 1]), 'malformed'],
    ['with an index told larger', { backwardSize: 4096 }, 'malformed'],
  ]
  test.each(cases)('%s', async (_, shape, expected) => {
    expect(await outcome(storedXz(content, shape))).toEqual(expected)
  })
})

describe('LZMA2', () => {
  // The chunk of the file without a check whose literals depend on four bits of the byte before.
  const chunk = (XZ_FILES[3]?.packed ?? LINES).subarray(24, 24 + 234)
  const zeros = Buffer.alloc(16)
  const withControl = (control: number) => Buffer.concat([Buffer.of(control), chunk.subarray(1)])
  const withoutProperties = (control: number) =>
    Buffer.concat([Buffer.of(control), chunk.subarray(1, 5), chunk.subarray(6)])
  const properties = (byte: number) =>
    Buffer.concat([chunk.subarray(0, 5), Buffer.of(byte), chunk.subarray(6)])
  const shorter = Buffer.from(chunk)
  shorter.writeUInt16BE(LINES.length - 2, 1)
  const longer = Buffer.from(chunk)
  longer.writeUInt16BE(LINES.length, 1)
  const firstByte = Buffer.from(chunk)
  firstByte[6] = 1
  const twice = Buffer.concat([LINES, LINES])
  const cases: [string, Buffer[], string | Buffer][] = [
    ['of one packed chunk', [chunk], LINES],
    ['that begins anew', [chunk, chunk], twice],
    ['stored, then packed', [stored(zeros), withControl(0xc0)], Buffer.concat([zeros, LINES])],
    ['packed, then stored', [chunk, stored(LINES)], twice],
    [
      'with its probabilities forgotten',
      [chunk, stored(zeros), chunk, chunk],
      Buffer.concat([LINES, zeros, twice]),
    ],
    ['of nothing', [], Buffer.alloc(0)],
    ['that begins without a dictionary', [withControl(0xc0)], 'malformed'],
    ['stored without a dictionary', [Buffer.of(2, 0, 0, 0x78)], 'malformed'],
    ['packed without properties', [stored(zeros), withoutProperties(0xa0)], 'malformed'],
    ['packed with nothing to go on from', [stored(zeros), withoutProperties(0x80)], 'malformed'],
    [
      'with a control byte of nobody',
      [Buffer.of(1, 0, 0, 0x78), Buffer.of(3, 0, 0, 0x78)],
      'malformed',
    ],
    ['with too many literal bits', [properties(4 + 9)], 'malformed'],
    ['with too many position bits', [properties(225)], 'malformed'],
    ['with a chunk that is longer than told', [shorter], 'malformed'],
    ['with a chunk that is shorter than told', [longer], 'malformed'],
    ['with a packed chunk that does not begin with zero', [firstByte], 'malformed'],
    [
      'with a packed chunk of four bytes',
      [Buffer.of(0xe0, 0, 0, 0, 3, 0, 0, 0, 0, 0)],
      'malformed',
    ],
    [
      'with a match where nothing is',
      [Buffer.of(0xe0, 0, 9, 0, 5, 0, 0, 255, 255, 255, 254, 9)],
      'malformed',
    ],
  ]
  test.each(cases)('%s', async (_, chunks, expected) => {
    const content = typeof expected === 'string' ? LINES : expected
    const file = makeXz([{ data: Buffer.concat([...chunks, END]), content }])
    const found = await outcome(file)
    expect(found).toEqual(expected)
  })

  test('a hundred thousand blocks leave others their turn', async () => {
    const block = {
      data: Buffer.concat([stored(Buffer.from('x')), END]),
      content: Buffer.from('x'),
    }
    const file = makeXz(Array.from({ length: 100_000 }, () => block))
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    expect(await outcome(file)).toHaveLength(100_000)
    clearInterval(timer)
    expect(turns).toBeGreaterThan(2)
  })

  test('any chunks at all end in a content or a refusal, within the bound', async () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(fc.tuple(fc.nat({ max: chunk.length - 1 }), fc.nat({ max: 255 })), {
          minLength: 1,
          maxLength: 5,
        })
        .map((changes) => {
          const copy = Buffer.from(chunk)
          for (const [at, value] of changes) copy[at] = value
          return copy
        }),
      fc
        .tuple(
          fc.integer({ min: 0x80, max: 0xff }),
          fc.uint8Array({ minLength: 8, maxLength: 300 }),
        )
        .map(([control, bytes]) =>
          Buffer.concat([Buffer.of(control, 0x0f, 0xff, 1, 0, 0x5d, 0), bytes]),
        ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 3 }), async (parts) => {
        const file = makeXz([{ data: Buffer.concat([...parts, END]), content: LINES }], {
          check: 0,
        })
        const found = await outcome(file, 100_000)
        if (typeof found !== 'string') expect(found.length).toBeLessThanOrEqual(100_000)
      }),
      { numRuns: 3000 },
    )
  }, 60_000)
})
