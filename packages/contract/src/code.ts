/**
 * The grammar of partner codes. Zod-free and small: the SDKs bundle this file, so a mistyped code is
 * recognised without a network. Source: CONTRACT §4.1.
 */

/** The alphabet of generated codes: no `0 O`, `1 I L`. 31 characters: a prime, so the check is exact. */
export const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'

/** Length of a generated code, check character included. */
export const GENERATED_CODE_LENGTH = 8

/**
 * The canonical form of a code as typed, pasted or found in a link: upper case, without spaces and `- _ .`.
 * Nothing is folded: `LEA` stays `LEA`, and letters beyond ASCII are no code.
 *
 * @returns the canonical code, or `null` when the text is no code at all.
 * @example canonicalCode(' jane-doe ') // 'JANEDOE'
 */
export function canonicalCode(text: string): string | null {
  const code = text.replace(/[\s\-_.]/g, '')
  return /^[A-Z\d]{2,32}$/i.test(code) ? code.toUpperCase() : null
}

/**
 * Whether a canonical code can exist. A code that looks like a generated one (8 characters of
 * {@link CODE_ALPHABET}) must carry the right check character, whoever chose it; any other needs none.
 * The weights are distinct and 31 is prime: every single wrong character and every swap of two
 * characters is found.
 */
export function hasValidCheck(code: string): boolean {
  if (code.length !== GENERATED_CODE_LENGTH) return true
  let sum = 0
  for (let i = 0; i < GENERATED_CODE_LENGTH; i++) {
    const value = CODE_ALPHABET.indexOf(code.charAt(i))
    if (value < 0) return true
    sum += value * (GENERATED_CODE_LENGTH - i)
  }
  return sum % CODE_ALPHABET.length === 0
}

/**
 * Reads a code from untrusted text: canonical, and with the right check character where it needs one.
 *
 * @returns the canonical code or `null`.
 */
export function readCode(text: string): string | null {
  const code = canonicalCode(text)
  return code && hasValidCheck(code) ? code : null
}

/**
 * Makes a code of ours from 7 random values.
 *
 * @param random 7 integers, each 0 to 30, from a cryptographic source (35 bits; uniqueness is the store's).
 * @throws RangeError when fewer are given or one is out of range.
 */
export function generateCode(random: readonly number[]): string {
  let sum = 0
  let code = ''
  for (let i = 0; i < GENERATED_CODE_LENGTH - 1; i++) {
    const value = random[i]
    const character = value === undefined ? '' : CODE_ALPHABET.charAt(value)
    if (value === undefined || character === '') throw new RangeError('7 integers from 0 to 30')
    sum += value * (GENERATED_CODE_LENGTH - i)
    code += character
  }
  const size = CODE_ALPHABET.length
  return code + CODE_ALPHABET.charAt((size - (sum % size)) % size)
}
