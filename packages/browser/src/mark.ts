/**
 * A touch as the cookie holds it: `JANE.lmia1x2y3`, that is code, `l`ink or `t`yped, and milliseconds in
 * base 36 (8 characters from 1972 to 2059). Two marks are the same touch exactly when they are the same text.
 */
export type Mark = string
export type Kind = 'l' | 't'

export const makeMark = (code: string, kind: Kind, at: number): Mark =>
  `${code}.${kind}${at.toString(36)}`

export const codeOf = (mark: Mark): string => mark.slice(0, -10)

export const kindOf = (mark: Mark): Kind => mark.slice(-9, -8) as Kind

/** Milliseconds since 1970. */
export const timeOf = (mark: Mark): number => Number.parseInt(mark.slice(-8), 36)

/**
 * Finds `_sentby` in a `;` and `document.cookie`: visitor, first and last mark (README, "Cookie"). The `;`
 * tells it from the value of another cookie, say an address with `?_sentby=`.
 */
export const STATE = /; ?_sentby=1\.\d\.(\w+)(?:\.(\w+\.\w{9})\.(\w+\.\w{9}))?/
