import { asBuffer } from './as-buffer.ts'
import { MAX_TOKEN_LENGTH, StampError } from './types.ts'

/**
 * The shape of every token, whatever its version: `s<n>.` and at least two more parts. It keeps a vendor's own
 * placeholder (`none`, `UNSTAMPED`) from being taken for a stamp.
 */
const TOKEN = /^s[1-9]\d?(?:\.[A-Za-z0-9_-]+){2,}$/

/** Longest stamp file, bytes: the token and one line feed. */
export const MAX_STAMP_BYTES = MAX_TOKEN_LENGTH + 1

/** Whether `text` has the shape of a token (syntax of any version; nothing is verified). */
export function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && TOKEN.test(text)
}

/** Returns `token`. @throws StampError `bad_token` when it has not the shape of one. */
export function checkToken(token: string): string {
  if (!isToken(token)) throw new StampError('bad_token', 'this is not a stamp token')
  return token
}

/** The content of the stamp file: the token and one line feed. @throws StampError `bad_token`. */
export function stampContent(token: string): Uint8Array {
  return new TextEncoder().encode(`${checkToken(token)}\n`)
}

/** The token in the content of a stamp file, or `null` when this is not one of ours, byte for byte. */
export function tokenInContent(content: Uint8Array): string | null {
  if (content.length > MAX_STAMP_BYTES) return null
  const text = asBuffer(content).toString('latin1')
  return text.endsWith('\n') && isToken(text.slice(0, -1)) ? text.slice(0, -1) : null
}
