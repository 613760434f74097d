// @vitest-environment node
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { builtScripts } from '../built-scripts.ts'

/** DESIGN.md, "What it must reach". */
const HARD_LIMIT = 3072
const LIMITS: [file: 's' | 'domains', brotli: number][] = [
  ['s', 2560],
  ['domains', HARD_LIMIT],
]

let built: Awaited<ReturnType<typeof builtScripts>>
beforeAll(async () => {
  built = await builtScripts()
}, 60_000)

test.each(LIMITS)('the script %s is at most %i bytes in brotli', (file, limit) => {
  const bytes = Buffer.from(built[file])
  const brotli = brotliCompressSync(bytes).length
  const gzip = gzipSync(bytes, { level: 9 }).length
  process.stdout.write(`${file}: ${bytes.length} raw, ${gzip} gzip, ${brotli} brotli\n`)
  expect(brotli).toBeLessThanOrEqual(limit)
})

test('a script needs nothing but itself, and no eval', () => {
  for (const text of [built.s, built.domains]) {
    expect(text).not.toMatch(/\b(import|require|eval|Function)\s*\(|\.style\b|innerHTML/)
  }
})

test('the library imports nothing', () => {
  expect(built.esm).not.toMatch(/^\s*import\b|\bfrom ["']/m)
})
