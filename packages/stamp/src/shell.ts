import { asBuffer } from './as-buffer.ts'
import { compose } from './composition.ts'
import { checkToken, isToken } from './stamp-content.ts'
import {
  type Composition,
  type Format,
  type Source,
  StampError,
  type StampErrorCode,
  type Stamper,
} from './types.ts'

/** A stamp's line begins within this many bytes of a script. */
const SEARCH_BYTES = 64 * 1024
/** Longest line that may hold a stamp; read beyond the search, so that a line across its end is whole. */
const MAX_LINE_BYTES = 4096

/** How a kind of script holds a stamp: in one line, on its own. */
export interface ScriptLine {
  format: Format
  /** The whole line; group 1 is kept, group 2 is the slot, what follows is kept. */
  pattern: RegExp
  /** What the slot is with a token. Without one it is empty. */
  fill(token: string): string
  /** Why a file that begins so is none of this kind; `null`: it is one. */
  refuse(head: Uint8Array): { code: StampErrorCode; message: string } | null
}

interface Slot {
  start: number
  end: number
  token: string | null
}

/**
 * A stamper for scripts: the line keeps its place, every other byte stays. The stamp has no path, so one that is
 * asked for does not count.
 */
export function scriptStamper(line: ScriptLine): Stamper {
  return {
    format: line.format,
    async plan(base) {
      const { start, end, token } = await readSlot(base, line)
      if (token !== null) throw new StampError('path_taken', 'the script is stamped already')
      return { format: line.format, baseSize: base.size, path: null, detail: { start, end } }
    },
    splice({ baseSize, detail }, token) {
      const slot = { start: Number(detail['start']), end: Number(detail['end']) }
      return replaced(baseSize, slot, line.fill(checkToken(token)))
    },
    async find(file) {
      const slot = await readSlot(file, line).catch((error: unknown) => {
        if (error instanceof StampError && error.code === 'no_slot') return null
        throw error
      })
      if (!slot || slot.token === null) return null
      return { token: slot.token, path: null, canonical: replaced(file.size, slot, '') }
    },
  }
}

async function readSlot(file: Source, line: ScriptLine): Promise<Slot> {
  const bytes = await file.read(0, Math.min(file.size, SEARCH_BYTES + MAX_LINE_BYTES))
  // Latin-1: a character is a byte, whatever the script's encoding.
  const text = asBuffer(bytes).toString('latin1')
  const refused = line.refuse(bytes)
  if (refused) throw new StampError(refused.code, refused.message)
  const lines = [...text.matchAll(line.pattern)].filter(({ index }) => index < SEARCH_BYTES)
  const [match] = lines
  if (!match || lines.length > 1) {
    const found = match ? 'more than one line' : 'no line'
    throw new StampError('no_slot', `${found} for a stamp in the first 64 KiB of the script`)
  }
  const [, before = '', content = ''] = match
  const start = match.index + before.length
  return { start, end: start + content.length, token: readToken(content, line) }
}

function readToken(content: string, line: ScriptLine): string | null {
  if (content === '') return null
  const [around = '', behind = ''] = line.fill('\0').split('\0')
  const token = content.slice(around.length, content.length - behind.length)
  if (isToken(token) && line.fill(token) === content) return token
  throw new StampError('no_slot', 'the line for the stamp holds something else')
}

function replaced(size: number, slot: { start: number; end: number }, by: string): Composition {
  return compose([
    { start: 0, end: slot.start },
    { bytes: Buffer.from(by, 'latin1') },
    { start: slot.end, end: size },
  ])
}

/**
 * Stamps a shell script that has the line `SENTBY_STAMP=''`: exactly this, once, within the first 64 KiB. The token
 * comes between the quotes. Every shell reads it as a plain assignment: a token has no character of meaning to one.
 */
export const shell: Stamper = scriptStamper({
  format: 'shell',
  pattern: /(?<![^\n])(SENTBY_STAMP=')([^'\n]*)'(?![^\n])/g,
  fill: (token) => token,
  refuse: () => null,
})
