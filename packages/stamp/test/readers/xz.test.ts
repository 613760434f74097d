import { describe, expect, test, vi } from 'vitest'
import { unxz } from '../../src/xz.ts'
import { storedXz } from '../archives/xz.ts'
import { installed, run } from './machine.ts'

// A hundred runs of xz, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

const MAX = 4 * 1024 * 1024

const { here, missing } = installed([{ name: 'xz', needs: ['xz'] }])

/** Bytes that cannot be packed; the same every time. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

const text = Buffer.from(Array.from({ length: 9000 }, (_, i) => `${i * i} is ${i % 9}\n`).join(''))
const INPUTS: [string, Buffer][] = [
  ['a text', text],
  ['noise', noise(200_000)],
  ['all of it', Buffer.concat([text, noise(70_000), Buffer.alloc(2_300_000), text, noise(9000)])],
]
/** A smaller dictionary than some presets have, which would only take time and hundreds of megabytes. */
const PRESETS = Array.from({ length: 10 }, (_, i) => [`${i}`, `${i}e`])
  .flat()
  .map((preset) => [`--lzma2=preset=${preset},dict=4MiB`])
const OPTIONS = [
  ...PRESETS,
  ...['none', 'crc32', 'crc64', 'sha256'].map((check) => [`--check=${check}`]),
  ['-T2', '--block-size=60000'],
  ['--block-size=5000', '--check=none'],
  ...['lc=0,lp=0,pb=0', 'lc=4,lp=0,pb=4', 'lc=1,lp=3,pb=1', 'dict=4KiB', 'mf=hc3,nice=5'].map(
    (how) => [`--lzma2=preset=6,${how}`],
  ),
]

describe(`packers that are not on this machine: ${missing}`, () => {
  test.each(INPUTS)('%s is unpacked as it was stored, by whatever machine', async (_, input) => {
    expect(input.equals(await unxz(storedXz(input), MAX))).toBe(true)
  })
})

for (const [name, input] of here.length > 0 ? INPUTS : []) {
  test(`${name} is unpacked as xz has packed it, by every preset and option`, async () => {
    for (const options of OPTIONS) {
      const { status, stdout, text: said } = run(['xz', '-c', ...options], { input })
      expect(status, said.slice(-500)).toBe(0)
      expect([options, input.equals(await unxz(stdout, MAX))]).toEqual([options, true])
    }
  })
}
