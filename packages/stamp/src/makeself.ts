import { scriptStamper } from './shell.ts'
import type { Stamper } from './types.ts'

const SAYS_SO = /^#!\/bin\/[a-z]+\n# This script was generated using Makeself /

/** Whether a file that begins so is a makeself archive. @param head its first bytes, 256 are enough. */
export function isMakeself(head: Uint8Array): boolean {
  return SAYS_SO.test(Buffer.from(head.subarray(0, 256)).toString('latin1'))
}

/**
 * Stamps a makeself archive (`.run`): the token is assigned and exported on the line of `CRCsum`, so that the inner
 * script has it in its environment as `SENTBY_STAMP`. makeself counts the header's lines and measures their bytes
 * when it runs, and its checksums are of the archive alone: a longer line passes `--check`, a new one would not.
 */
export const makeself: Stamper = scriptStamper({
  format: 'makeself',
  pattern:
    /(?<![^\n])(CRCsum="[\d ]*")((?:; SENTBY_STAMP='[^'\n]*'; export SENTBY_STAMP)?)(?![^\n])/g,
  fill: (token) => `; SENTBY_STAMP='${token}'; export SENTBY_STAMP`,
  refuse: (head) =>
    isMakeself(head) ? null : { code: 'unknown_format', message: 'not a makeself archive' },
})
