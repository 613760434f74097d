import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { root } from '../lib/room.mjs'
import { whole } from '../lib/table.mjs'

const GOAL = 2560
const LIMIT = 3072

/**
 * Bytes of the script that goes into the vendors' pages.
 *
 * @returns {import('../lib/table.mjs').Row[]}
 */
export function scriptSize() {
  const bytes = readFileSync(join(root, 'packages/browser/dist/s.js'))
  const gzip = gzipSync(bytes, { level: 9 }).length
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  }).length
  return [
    {
      what: 'browser script s.js',
      ours: `${whole(brotli)} B brotli, ${whole(gzip)} gzip, ${whole(bytes.length)} raw`,
      goal: `≤ ${whole(GOAL)} B brotli (limit ${whole(LIMIT)})`,
      pass: brotli <= GOAL,
      figures: { raw: bytes.length, gzip, brotli },
    },
  ]
}
