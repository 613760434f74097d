import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32, crc32Before, crc32ByTable, crc32Combine } from '../src/crc32.ts'

const text = new TextEncoder()

test.each([
  ['nothing', '', 0],
  ['the check value of every description', '123456789', 0xcbf43926],
  ['one byte', 'a', 0xe8b7be43],
])('the CRC-32 of %s is known', (_name, content, crc) => {
  expect(crc32(text.encode(content))).toBe(crc)
  expect(crc32ByTable(text.encode(content))).toBe(crc)
})

test('without a CRC-32 of Node, the table gives the same, in pieces too', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
      const whole = crc32(Buffer.concat([first, second]))
      expect(crc32ByTable(second, crc32ByTable(first))).toBe(whole)
      expect(crc32(second, crc32(first))).toBe(whole)
    }),
  )
})

test('two parts have the CRC-32 of the whole, and the whole gives the first part back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
      const [a, b] = [crc32(first), crc32(second)]
      const whole = crc32(Buffer.concat([first, second]))
      expect(crc32Combine(a, b, second.length)).toBe(whole)
      expect(crc32Before(whole, b, second.length)).toBe(a)
    }),
  )
})

const GiB = 2 ** 30

test.each([4 * GiB - 1, 4 * GiB, 4 * GiB + 1, 4 * GiB + 2 ** 20, 1000 * GiB + 7])(
  'lengths beyond 4 GiB count in full: %i bytes',
  (length) => {
    const byDoubling = zerosByDoubling(length)
    const head = crc32(text.encode('head'))
    const whole = crc32Combine(head, byDoubling, length)
    // Zeros in two parts, cut anywhere, are the same zeros.
    const cut = Math.floor(length / 3)
    const inTwo = crc32Combine(
      crc32Combine(head, zerosByDoubling(cut), cut),
      zerosByDoubling(length - cut),
      length - cut,
    )
    expect(inTwo).toBe(whole)
    expect(crc32Before(whole, byDoubling, length)).toBe(head)
    if (length >= 2 ** 32) {
      expect(crc32Combine(head, byDoubling, length % 2 ** 32)).not.toBe(whole)
    }
  },
)

test('4 GiB and 1 MiB of zeros, added MiB by MiB, are what one combination says', () => {
  const mebibyte = new Uint8Array(2 ** 20)
  const one = crc32(mebibyte)
  let crc = 0
  for (let i = 0; i < 4097; i++) crc = crc32Combine(crc, one, 2 ** 20)
  expect(crc).toBe(zerosByDoubling(4097 * 2 ** 20))
})

test('a length of 4 GiB is not a length of none', () => {
  expect(crc32Combine(1, 0, 2 ** 32)).not.toBe(crc32Combine(1, 0, 0))
})

/** The CRC of `length` zero bytes, built from halves. */
function zerosByDoubling(length: number): number {
  if (length === 0) return 0
  const half = Math.floor(length / 2)
  const crc = zerosByDoubling(half)
  const twice = crc32Combine(crc, crc, half)
  return length % 2 === 0 ? twice : crc32(new Uint8Array(1), twice)
}
