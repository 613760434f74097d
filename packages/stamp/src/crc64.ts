/** The CRC-64 polynomial of .xz (ECMA-182), bits reversed, as halves of 32 bits. */
const POLYNOMIAL = { high: 0xc96c5795, low: 0xd7870f42 } as const

const HIGH = new Uint32Array(256)
const LOW = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let high = 0
  let low = byte
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (isOdd) {
      high ^= POLYNOMIAL.high
      low ^= POLYNOMIAL.low
    }
  }
  HIGH[byte] = high
  LOW[byte] = low
}

/** The CRC-64 of .xz: eight bytes, lowest first. In halves, since bigint takes twenty times as long. */
export function crc64(bytes: Uint8Array): Uint8Array {
  let high = -1
  let low = -1
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0)
    high = (high >>> 8) ^ (HIGH[index] ?? 0)
  }
  const crc = Buffer.alloc(8)
  crc.writeInt32LE(~low, 0)
  crc.writeInt32LE(~high, 4)
  return crc
}
