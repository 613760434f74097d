import * as zlib from 'node:zlib'

/** The CRC-32 polynomial of gzip and zip, bits reversed. */
const POLYNOMIAL = 0xedb88320
/** x is primitive modulo the polynomial: its powers repeat after this many. */
const ORDER = 0xffffffff

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  return value
})

/** The CRC-32 by table: Node has had its own since 20.15 only. */
export function crc32ByTable(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0)
  return ~crc >>> 0
}

/**
 * The CRC-32 of gzip and zip.
 *
 * @param before the CRC of what comes before `bytes`; absent: nothing does.
 */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  typeof zlib.crc32 === 'function' ? (bytes, before) => zlib.crc32(bytes, before) : crc32ByTable

/** a·b modulo the polynomial; bit 31 is x⁰. */
function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= factor
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1
  }
  return product >>> 0
}

/** x to the power of eight times `bytes`: what appending that many bytes multiplies a CRC with. */
function shift(bytes: number): number {
  let result = 0x80000000
  let square = 0x00800000
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(square, result)
    square = multiply(square, square)
  }
  return result
}

/**
 * The CRC-32 of two parts together, from the CRC of each.
 *
 * @param secondLength bytes of the second part, below 2⁵³.
 */
export function crc32Combine(first: number, second: number, secondLength: number): number {
  return (multiply(shift(secondLength), first) ^ second) >>> 0
}

/** The CRC-32 of the first part, from the CRC of both together and of the second: `crc32Combine` undone. */
export function crc32Before(whole: number, second: number, secondLength: number): number {
  return multiply(shift(ORDER - (secondLength % ORDER)), (whole ^ second) >>> 0)
}
